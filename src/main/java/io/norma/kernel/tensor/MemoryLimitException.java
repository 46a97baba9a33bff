package io.norma.kernel.tensor;

/** A {@link MemoryBudget} does not have the bytes that somebody needs. */
public final class MemoryLimitException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long needed;
  private final long limit;

  /**
   * @param needed bytes that the one who asked would hold then
   */
  public MemoryLimitException(long needed, long limit) {
    this("%d bytes are needed".formatted(needed), needed, limit);
  }

  private MemoryLimitException(String message, long needed, long limit) {
    super(message);
    this.needed = needed;
    this.limit = limit;
  }

  /** The same, told by the one who asked. */
  public MemoryLimitException of(String who) {
    MemoryLimitException told = new MemoryLimitException(who + getMessage(), needed, limit);
    told.initCause(this);
    return told;
  }

  /** Bytes that the one who asked would hold. */
  public long needed() {
    return needed;
  }

  /** Bytes of the budget. */
  public long limit() {
    return limit;
  }

  /** Whether the budget is too small for it; if not, others hold the rest, and it may fit later. */
  public boolean neverFits() {
    return needed > limit;
  }
}
