package io.norma.kernel.tensor;

/** Something would take more work, or has taken more time, than a setting allows. */
public final class WorkLimitException extends LimitException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what it needs, and what the setting allows, by its name
   */
  public WorkLimitException(String message) {
    super(message);
  }

  private WorkLimitException(String message, WorkLimitException cause) {
    super(message, cause);
  }

  @Override
  public WorkLimitException of(String who) {
    return new WorkLimitException(who + getMessage(), this);
  }

  @Override
  public boolean neverFits() {
    return true;
  }
}
