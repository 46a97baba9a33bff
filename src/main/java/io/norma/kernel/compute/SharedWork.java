package io.norma.kernel.compute;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One call of {@link ComputePool#run}: parts that several threads take until none is left. */
final class SharedWork {
  private static final int CLOSED = Integer.MIN_VALUE;

  private final int parts;
  private final ComputePool.Work work;
  private final AtomicInteger next = new AtomicInteger();

  /** Helpers inside, and a flag that no more may come in. */
  private final AtomicInteger helpers = new AtomicInteger();

  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  SharedWork(int parts, ComputePool.Work work) {
    this.parts = parts;
    this.work = work;
  }

  /** Joins in, unless the work is done: a helper that wakes late is not waited for. */
  boolean enter() {
    int inside;
    do {
      inside = helpers.get();
      if (inside < 0) {
        return false;
      }
    } while (!helpers.compareAndSet(inside, inside + 1));
    return true;
  }

  void leave() {
    helpers.getAndDecrement();
  }

  @SuppressWarnings("IllegalCatch") // what a part throws belongs to the thread that asked
  void takeParts(int worker) {
    for (int part; (part = next.getAndIncrement()) < parts; ) {
      try {
        work.run(part, worker);
      } catch (RuntimeException | Error e) {
        failure.compareAndSet(null, e);
        next.set(parts);
      }
    }
  }

  /** Lets nobody in any more, waits for those inside, and throws on what a part threw. */
  void close() {
    helpers.getAndUpdate(inside -> inside | CLOSED);
    // A helper is inside for the rest of one part: shorter than a thread takes to sleep and wake.
    while (helpers.get() != CLOSED) {
      Thread.onSpinWait();
    }
    switch (failure.get()) {
      case null -> {}
      case Error error -> throw error;
      case RuntimeException exception -> throw exception;
      case Throwable other -> throw new IllegalStateException(other);
    }
  }
}
