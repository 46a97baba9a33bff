package io.norma.kernel.tensor;

/**
 * Bytes that may be held at one time, by whoever shares the budget. What needs memory reserves it
 * before it is allocated and releases it when it can be collected; nobody waits.
 */
public final class MemoryBudget {
  private final long limit;
  private long reserved;

  /**
   * @param limit bytes that may be reserved at one time
   */
  public MemoryBudget(long limit) {
    if (limit < 0) {
      throw new IllegalArgumentException("a budget must be 0 bytes or more, got " + limit);
    }
    this.limit = limit;
  }

  /** A budget that is never used up. */
  public static MemoryBudget unlimited() {
    return new MemoryBudget(Long.MAX_VALUE);
  }

  /** Bytes that may be reserved at one time. */
  public long limit() {
    return limit;
  }

  /** Bytes that are reserved now. */
  public synchronized long reserved() {
    return reserved;
  }

  /** Reserves bytes if they are left. */
  public synchronized boolean tryReserve(long bytes) {
    if (bytes > limit - reserved) {
      return false;
    }
    reserved += bytes;
    return true;
  }

  /**
   * Reserves bytes.
   *
   * @param held bytes that the caller has reserved already, to tell who has the rest
   * @throws MemoryLimitException if they are not left
   */
  public void reserve(long bytes, long held) {
    if (!tryReserve(bytes)) {
      throw new MemoryLimitException(Math.addExact(bytes, held), limit);
    }
  }

  /** Gives back bytes that were reserved. */
  public synchronized void release(long bytes) {
    reserved -= bytes;
  }
}
