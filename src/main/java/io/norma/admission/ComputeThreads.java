package io.norma.admission;

import java.time.Duration;
import java.util.function.Supplier;

/**
 * Decides where something computes: what takes long on a {@linkplain PlatformThreads thread of its
 * own}, what is short where it is, since handing it over would take about as long.
 */
public final class ComputeThreads implements AutoCloseable {
  private final PlatformThreads threads;
  private final long aboveNanos;

  /**
   * @param count as many as there are compute slots: whoever comes has one
   * @param above what is expected to take longer than that takes long
   */
  public ComputeThreads(int count, Duration above) {
    threads = new PlatformThreads("norma-inference-", count);
    aboveNanos = above.toNanos();
  }

  /**
   * Computes, and returns when it is done.
   *
   * @param expectedNanos about how long it takes
   */
  public <T> T run(long expectedNanos, Supplier<T> work) {
    return expectedNanos <= aboveNanos ? work.get() : threads.run(work);
  }

  @Override
  public void close() {
    threads.close();
  }
}
