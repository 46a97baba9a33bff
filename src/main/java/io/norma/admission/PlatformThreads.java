package io.norma.admission;

import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/**
 * A few threads of the operating system's for what takes long. A virtual thread that computes keeps
 * the thread that carries it, and there are no more of those than processors: all others, health
 * and administration among them, would wait until it is done.
 */
public final class PlatformThreads implements AutoCloseable {
  private final ExecutorService threads;
  private final int count;

  /**
   * @param name that of each, with a number behind it
   * @param count those that work at once; what comes besides waits
   */
  public PlatformThreads(String name, int count) {
    this.count = count;
    threads =
        Executors.newFixedThreadPool(count, Thread.ofPlatform().daemon().name(name, 1).factory());
  }

  /** Those that work at once. */
  public int count() {
    return count;
  }

  /**
   * Does some work on one of them and returns when it is done; at once here, if this thread is no
   * virtual one. It is not broken off when the caller is interrupted: what it uses is the caller's.
   */
  public <T> T run(Supplier<T> work) {
    if (!Thread.currentThread().isVirtual()) {
      return work.get();
    }
    Future<T> done = threads.submit(work::get);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return done.get();
        } catch (InterruptedException _) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw thrown(Objects.requireNonNull(e.getCause()));
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Does some work on one of them, some time. */
  void execute(Runnable work) {
    threads.execute(work);
  }

  static RuntimeException thrown(Throwable cause) {
    return switch (cause) {
      case RuntimeException fault -> fault;
      case Error error -> throw error;
      default -> new IllegalStateException(cause);
    };
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
