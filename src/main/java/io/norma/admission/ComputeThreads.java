package io.norma.admission;

import io.norma.serving.ServingException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Where requests compute: what is short where it is, as long as there is a slot, since to hand it
 * over would take about as long; what is long, or has to wait, on a {@linkplain PlatformThreads
 * thread of its own}. Such a thread goes from one to the next without those that wait for it, so
 * that computing goes on however busy the threads are that read, refuse and answer.
 */
public final class ComputeThreads implements AutoCloseable {
  private final ComputeSlots slots;
  private final PlatformThreads threads;
  private final long aboveNanos;

  /**
   * @param slots whoever computes has one
   * @param count as many as there are slots
   * @param above what is expected to take longer than that is long
   */
  public ComputeThreads(ComputeSlots slots, int count, Duration above) {
    this.slots = slots;
    threads = new PlatformThreads("norma-inference-", count);
    aboveNanos = above.toNanos();
  }

  /** Whether what is expected to take this many nanoseconds may compute where it is. */
  public boolean isShort(long expectedNanos) {
    return expectedNanos <= aboveNanos;
  }

  /** Takes a slot for something short, to {@link ComputeSlots#leave} it when that is done. */
  public boolean tryEnter(long expectedNanos) {
    return isShort(expectedNanos) && slots.tryEnter();
  }

  /** Computes on one of the threads; the caller has a slot for it, which the work gives back. */
  public void execute(Runnable work) {
    threads.execute(work);
  }

  /**
   * Waits for a slot, computes, and returns when it is done.
   *
   * @param expectedNanos about how long it takes
   * @throws ServingException.Overloaded at once, if too many wait
   * @throws ServingException.Expired if there was no slot until the deadline
   */
  public <T> T run(Turn turn, long expectedNanos, Supplier<T> work) {
    if (tryEnter(expectedNanos)) {
      try {
        return work.get();
      } finally {
        slots.leave();
      }
    }
    slots.takePlace();
    // The slot is free before anybody knows that it is done: who asks next finds it.
    CompletableFuture<T> done = new CompletableFuture<>();
    ComputeSlots.Waiter waiter =
        slots.join(
            turn.level(),
            expectedNanos,
            granted -> {
              slots.givePlace();
              execute(() -> computeAndLeave(work, granted, done));
            });
    return await(done, waiter, turn);
  }

  private <T> void computeAndLeave(
      Supplier<T> work, ComputeSlots.Waiter granted, CompletableFuture<T> done) {
    T result;
    try {
      result = work.get();
    } catch (Throwable e) {
      slots.leave(granted);
      done.completeExceptionally(e);
      return;
    }
    slots.leave(granted);
    done.complete(result);
  }

  private <T> T await(CompletableFuture<T> task, ComputeSlots.Waiter waiter, Turn turn) {
    boolean interrupted = false;
    long left = turn.left();
    try {
      while (true) {
        try {
          return task.get(left, TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
          leave(waiter, ServingException.Expired.inQueue());
          left = Long.MAX_VALUE;
        } catch (InterruptedException _) {
          interrupted = true;
          leave(waiter, ComputeSlots.closing());
          // It computes with what is the caller's: it is not broken off.
          left = Long.MAX_VALUE;
        } catch (ExecutionException e) {
          throw PlatformThreads.thrown(Objects.requireNonNull(e.getCause()));
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void leave(ComputeSlots.Waiter waiter, ServingException reason) {
    if (slots.giveUp(waiter)) {
      slots.givePlace();
      throw reason;
    }
  }

  @Override
  public void close() {
    threads.close();
  }
}
