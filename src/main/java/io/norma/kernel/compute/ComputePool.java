package io.norma.kernel.compute;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that runs share to go faster than one core allows. The thread that asks always works
 * itself; helpers join only while they are idle and nobody else has {@linkplain #claim claimed}
 * their core, so a busy machine runs each request on its own thread and an idle one gives all its
 * cores to one. What a part computes never depends on who computes it.
 */
public final class ComputePool {
  /** A piece of work cut into parts that may run at the same time. */
  @FunctionalInterface
  public interface Work {
    /**
     * Does one part.
     *
     * @param part which one, from 0
     * @param worker below {@link #threads()}; no two threads have the same one at the same time, so
     *     it may choose scratch memory
     */
    void run(int part, int worker);
  }

  private static volatile ComputePool shared =
      new ComputePool(Runtime.getRuntime().availableProcessors());

  private static final AtomicInteger CLAIMED = new AtomicInteger();
  private static final ScopedValue<Boolean> ALONE = ScopedValue.newInstance();

  private final int threads;
  private final ConcurrentLinkedDeque<ComputeThread> idle = new ConcurrentLinkedDeque<>();
  private volatile boolean started;
  private volatile boolean closed;

  private ComputePool(int threads) {
    this.threads = threads;
  }

  /** The process's pool. */
  public static ComputePool get() {
    return shared;
  }

  /**
   * Replaces the process's pool by one of this many threads, the asking one included.
   *
   * @throws IllegalArgumentException if threads is below 1
   */
  public static synchronized void configure(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("compute threads must be at least 1, but are " + threads);
    }
    ComputePool replaced = shared;
    if (threads != replaced.threads) {
      shared = new ComputePool(threads);
      replaced.close();
    }
  }

  /**
   * Notes that a thread has work of its own, such as a request that it reads, computes and answers:
   * a helper in its place would only take turns with it. Whoever claims calls {@link #release}.
   */
  public static void claim() {
    CLAIMED.incrementAndGet();
  }

  /** Notes that a thread that had work is done with it. */
  public static void release() {
    CLAIMED.decrementAndGet();
  }

  /** Does work that is too little to be shared: to wake a helper would take as long. */
  public static void alone(Runnable work) {
    ScopedValue.where(ALONE, true).run(work);
  }

  /** How many threads may work on one request: the one that asks and its helpers. */
  public int threads() {
    return threads;
  }

  /** How many threads would work on what is asked for now, the one that asks among them. */
  public int available() {
    return ALONE.isBound() ? 1 : Math.max(1, 1 + threads - Math.max(CLAIMED.get(), 1));
  }

  /**
   * Does all parts and returns when they are done. What a part throws is thrown on. A part may ask
   * for parts of its own to be done: those who are idle by then help with them.
   */
  public void run(int parts, Work work) {
    int wanted = Math.min(parts, available()) - 1;
    if (wanted <= 0) {
      for (int part = 0; part < parts; part++) {
        work.run(part, 0);
      }
      return;
    }
    start();
    SharedWork job = new SharedWork(parts, work, wanted + 1);
    ComputeThread helper;
    for (int given = 0; given < wanted && (helper = idle.pollLast()) != null; given++) {
      helper.give(job);
    }
    job.takeParts(0);
    job.close();
  }

  /** Threads start with the first work that is shared: a pool that is never used costs nothing. */
  private void start() {
    if (!started) {
      synchronized (this) {
        for (int i = 1; i < threads && !started; i++) {
          ComputeThread helper = new ComputeThread(this, i);
          idle.addLast(helper);
          helper.start();
        }
        started = true;
      }
    }
  }

  void isIdle(ComputeThread helper) {
    idle.addLast(helper);
  }

  boolean isClosed() {
    return closed;
  }

  private void close() {
    closed = true;
    ComputeThread helper;
    while ((helper = idle.pollLast()) != null) {
      helper.interrupt();
    }
  }
}
