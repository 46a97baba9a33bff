package io.norma.kernel.tensor;

/** A {@link MemoryBudget} does not have the bytes that somebody needs. */
public final class MemoryLimitException extends LimitException {
  private static final long serialVersionUID = 1L;

  private final boolean neverFits;

  /**
   * @param budget its name
   * @param needed bytes that the one who asked would hold then
   * @param limit bytes of the budget
   */
  public MemoryLimitException(String budget, long needed, long limit) {
    super(
        needed > limit
            ? "%d bytes are needed, more than the %d of %s".formatted(needed, limit, budget)
            : "%d bytes are needed, but of the %d of %s others hold too many; try again later"
                .formatted(needed, limit, budget));
    neverFits = needed > limit;
  }

  private MemoryLimitException(String message, MemoryLimitException cause) {
    super(message, cause);
    neverFits = cause.neverFits;
  }

  @Override
  public MemoryLimitException of(String who) {
    return new MemoryLimitException(who + getMessage(), this);
  }

  @Override
  public boolean neverFits() {
    return neverFits;
  }
}
