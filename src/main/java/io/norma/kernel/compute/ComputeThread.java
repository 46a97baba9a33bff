package io.norma.kernel.compute;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A helper of the {@link ComputePool}. */
public final class ComputeThread extends Thread {
  /** Long enough to stay awake between two layers of a run, short enough not to heat a core. */
  private static final long SPIN_NANOS = 50_000;

  private final ComputePool pool;
  private volatile @Nullable SharedWork given;

  /** The same in all work, so that it gets the same range of parts in each step of a run. */
  private final int worker;

  ComputeThread(ComputePool pool, int worker) {
    super("norma-compute-" + worker);
    this.pool = pool;
    this.worker = worker;
    setDaemon(true);
  }

  void give(SharedWork work) {
    given = work;
    LockSupport.unpark(this);
  }

  @Override
  public void run() {
    while (!pool.isClosed()) {
      SharedWork work = await();
      if (work == null) {
        continue;
      }
      given = null;
      if (work.enter()) {
        work.takeParts(worker);
        pool.isIdle(this);
        work.leave();
      } else {
        pool.isIdle(this);
      }
    }
  }

  private @Nullable SharedWork await() {
    long until = System.nanoTime() + SPIN_NANOS;
    while (given == null && System.nanoTime() < until) {
      Thread.onSpinWait();
    }
    while (given == null && !pool.isClosed()) {
      LockSupport.park(this);
    }
    return given;
  }
}
