package io.norma.kernel.tensor;

/** Somebody needs more than a setting allows; the message names the setting. */
public abstract sealed class LimitException extends RuntimeException
    permits MemoryLimitException, WorkLimitException {
  private static final long serialVersionUID = 1L;

  LimitException(String message) {
    super(message);
  }

  LimitException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The same, told by the one who asked. */
  public abstract LimitException of(String who);

  /** Whether the limit is too small for it; if not, others hold the rest, and it may fit later. */
  public abstract boolean neverFits();
}
