package io.norma.http.codec;

import io.norma.kernel.tensor.MemoryBudget;

/**
 * The memory that one request holds, from its body to its answer: reserved before it is allocated,
 * and given back all at once when the request has been answered. It goes with the thread that
 * answers, for what is read and written there is read and written by many hands.
 */
public final class RequestMemory implements AutoCloseable {
  /** Bytes that every request has without asking: small ones go on while large ones wait. */
  private static final long FREE = 1 << 14;

  private static final long CHANNEL = 128;

  private static final ScopedValue<RequestMemory> CURRENT = ScopedValue.newInstance();

  private final MemoryBudget budget;
  private long taken;
  private long reserved;

  public RequestMemory(MemoryBudget budget) {
    this.budget = budget;
  }

  /** That of the request that this thread answers; unlimited where it answers none. */
  public static RequestMemory current() {
    return CURRENT.isBound() ? CURRENT.get() : new RequestMemory(MemoryBudget.unlimited());
  }

  /** Answers a request, or does a part of that on another thread, with this memory. */
  public <T, X extends Throwable> T during(ScopedValue.CallableOp<T, X> answer) throws X {
    return ScopedValue.where(CURRENT, this).call(answer);
  }

  /**
   * Reserves bytes.
   *
   * @throws io.norma.kernel.tensor.MemoryLimitException if they are not left
   */
  public void take(long bytes) {
    long missing = taken + bytes - FREE - reserved;
    if (missing > 0) {
      budget.reserve(missing, reserved);
      reserved += missing;
    }
    taken += bytes;
  }

  /**
   * Reserves what a normalization needs for each channel or group besides its tensors: moments,
   * coefficients and gradients in double, and the numbers among them that are answered.
   */
  public void takeChannels(long count) {
    take(count * CHANNEL);
  }

  /** Where the request's memory comes from, for what reserves there and gives back by itself. */
  public MemoryBudget budget() {
    return budget;
  }

  /** Notes that bytes that were taken are not held any more. */
  public void drop(long bytes) {
    taken -= bytes;
  }

  @Override
  public void close() {
    budget.release(reserved);
    reserved = 0;
  }
}
