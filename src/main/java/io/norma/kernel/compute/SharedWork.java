package io.norma.kernel.compute;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One call of {@link ComputePool#run}: parts that several threads take until none is left. A run of
 * a network makes hundreds, so the counters are its own fields.
 */
public final class SharedWork {
  private static final int CLOSED = Integer.MIN_VALUE;

  /** Counters in a cache line. */
  private static final int LINE = 16;

  private static final AtomicIntegerFieldUpdater<SharedWork> HELPERS =
      AtomicIntegerFieldUpdater.newUpdater(SharedWork.class, "helpers");

  /** How long the end of a part is waited for awake: about what sleeping and waking take. */
  private static final long SPIN_NANOS = 50_000;

  private final Thread asking = Thread.currentThread();
  private final int parts;
  private final ComputePool.Work work;

  /**
   * The next part of each worker's range, a cache line each. Whoever has the same range in one step
   * after another finds there what it has written itself.
   */
  private final AtomicIntegerArray next;

  private final int ranges;

  /** Helpers inside, and a flag that no more may come in. */
  private volatile int helpers;

  /** Whether the one who asked sleeps until the last helper has left. */
  private volatile boolean asleep;

  /** One of those that parts threw. */
  private volatile @Nullable Throwable failure;

  /**
   * Work for so many workers at most.
   *
   * @param workers each has a range of the parts, takes those of others when it is done with its
   *     own
   */
  SharedWork(int parts, ComputePool.Work work, int workers) {
    this.parts = parts;
    this.work = work;
    ranges = workers;
    next = new AtomicIntegerArray(workers * LINE);
    for (int range = 0; range < workers; range++) {
      next.setPlain(range * LINE, begin(range));
    }
  }

  private int begin(int range) {
    return (int) ((long) parts * range / ranges);
  }

  /** Joins in, unless the work is done: a helper that wakes late is not waited for. */
  boolean enter() {
    int inside;
    do {
      inside = helpers;
      if (inside < 0) {
        return false;
      }
    } while (!HELPERS.compareAndSet(this, inside, inside + 1));
    return true;
  }

  void leave() {
    if (HELPERS.decrementAndGet(this) == CLOSED && asleep) {
      LockSupport.unpark(asking);
    }
  }

  @SuppressWarnings("IllegalCatch") // what a part throws belongs to the thread that asked
  void takeParts(int worker) {
    for (int i = 0; i < ranges; i++) {
      int range = (worker + i) % ranges;
      int end = begin(range + 1);
      for (int part; failure == null && (part = next.getAndIncrement(range * LINE)) < end; ) {
        try {
          work.run(part, worker);
        } catch (RuntimeException | Error e) {
          failure = e;
        }
      }
    }
  }

  /** Lets nobody in any more, waits for those inside, and throws on what a part threw. */
  void close() {
    HELPERS.getAndUpdate(this, inside -> inside | CLOSED);
    // A helper is inside for the rest of one part: of a step, shorter than it takes to sleep.
    long until = helpers == CLOSED ? 0 : System.nanoTime() + SPIN_NANOS;
    while (helpers != CLOSED) {
      if (!asleep && System.nanoTime() < until) {
        Thread.onSpinWait();
      } else {
        asleep = true;
        if (helpers != CLOSED) {
          LockSupport.park(this);
        }
      }
    }
    switch (failure) {
      case null -> {}
      case Error error -> throw error;
      case RuntimeException exception -> throw exception;
      case Throwable other -> throw new IllegalStateException(other);
    }
  }
}
