package io.norma.inference.batching;

import io.norma.admission.ComputeSlots;
import io.norma.admission.ComputeThreads;
import io.norma.kernel.compute.ComputePool;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The requests that wait for one model. The queue wants a compute slot on behalf of all of them;
 * when it gets one, those that have come meanwhile are taken into a batch, which a compute thread
 * runs. While a slot is free a short run does not wait for company, nor for another thread.
 */
final class ModelQueue {
  private static final int RETRY_AFTER_SECONDS = 1;

  /** What is shorter is not worth the waking, and the spinning, of another thread. */
  private static final long WORTH_SHARING_NANOS = 100_000;

  private final BatchingSettings settings;
  private final ComputeSlots slots;
  private final ComputeThreads threads;
  private final Object lock = new Object();

  /** The most urgent first, among equals in the order they came. */
  private List<RunRequest> waiting = new ArrayList<>();

  private int rows;

  /** Set while it waits for others to come, or for a slot. */
  private boolean wants;

  /** Set while it waits for a slot. */
  private ComputeSlots.@Nullable Waiter place;

  ModelQueue(BatchingSettings settings, ComputeSlots slots, ComputeThreads threads) {
    this.settings = settings;
    this.slots = slots;
    this.threads = threads;
  }

  /**
   * Runs a request, by itself or together with others.
   *
   * @throws ServingException.Overloaded if too many wait
   * @throws ServingException.Expired if its time is over before it has been taken into a batch
   */
  BatchRun run(Batch batch, RunRequest request) {
    long expected = request.expected;
    if (settings.maxQueueDelay().isZero() && threads.tryEnter(expected)) {
      try {
        if (expected < WORTH_SHARING_NANOS) {
          ComputePool.alone(() -> batch.run(List.of(request)));
        } else {
          batch.run(List.of(request));
        }
      } finally {
        slots.leave();
      }
    } else {
      join(batch, request);
      await(request);
    }
    return request.outcome();
  }

  private void join(Batch batch, RunRequest request) {
    synchronized (lock) {
      if (settings.maxQueueSize() > 0 && waiting.size() >= settings.maxQueueSize()) {
        throw new ServingException.Overloaded(
            "too many requests: %d wait for this model (norma.batching.max-queue-size, or max_queue_size of its configuration); try again later"
                .formatted(waiting.size()),
            RETRY_AFTER_SECONDS);
      }
      slots.takePlace();
      int position = waiting.size();
      while (position > 0 && request.goesBefore(waiting.get(position - 1), batch.cost())) {
        position--;
      }
      waiting.add(position, request);
      rows += request.rows;
      if (place != null) {
        slots.promote(place, request.turn.level(), request.expected);
      } else {
        proceed(batch);
      }
    }
  }

  /** Wants a slot for those that wait, or others to wait with them. */
  private void proceed(Batch batch) {
    long delay = settings.maxQueueDelay().toNanos();
    if (delay == 0 || settings.rowsToTake(rows, false) > 0) {
      wantSlot(batch);
    } else if (!wants) {
      wants = true;
      CompletableFuture.delayedExecutor(delay, TimeUnit.NANOSECONDS)
          .execute(() -> waitedLongEnough(batch));
    }
  }

  private void waitedLongEnough(Batch batch) {
    synchronized (lock) {
      if (place == null && !waiting.isEmpty()) {
        wantSlot(batch);
      }
    }
  }

  private void wantSlot(Batch batch) {
    wants = true;
    Grant grant = new Grant(batch);
    ComputeSlots.Waiter waiter =
        slots.join(waiting.getFirst().turn.level(), waiting.getFirst().expected, grant);
    if (!grant.used) {
      place = waiter;
    }
  }

  /** A slot that was wanted; it may be there before it is known that it is waited for. */
  private final class Grant implements Consumer<ComputeSlots.Waiter> {
    private final Batch batch;
    private boolean used;

    Grant(Batch batch) {
      this.batch = batch;
    }

    @Override
    public void accept(ComputeSlots.Waiter slot) {
      List<RunRequest> taken;
      synchronized (lock) {
        used = true;
        place = null;
        wants = false;
        taken = take();
        if (!waiting.isEmpty()) {
          proceed(batch);
        }
      }
      // Where nobody is left the slot goes back there, too: here another queue may be locked.
      threads.execute(() -> runAndLeave(taken, slot));
    }

    private void runAndLeave(List<RunRequest> taken, ComputeSlots.Waiter slot) {
      try {
        batch.run(taken);
      } finally {
        slots.leave(slot);
        taken.forEach(RunRequest::wake);
      }
    }
  }

  /** Those of the next batch. Whose time is over is told so. */
  private List<RunRequest> take() {
    List<RunRequest> taken = new ArrayList<>();
    List<RunRequest> left = new ArrayList<>();
    int limit = settings.rowsToTake(rows, true);
    int rowsTaken = 0;
    for (RunRequest request : waiting) {
      if (request.turn.left() <= 0) {
        gone(request);
        request.fail(ServingException.Expired.inQueue());
        request.wake();
      } else if (taken.isEmpty()
          || (rowsTaken + request.rows <= limit && request.fits(taken.getFirst()))) {
        gone(request);
        rowsTaken += request.rows;
        request.state = RunRequest.State.TAKEN;
        taken.add(request);
      } else {
        left.add(request);
      }
    }
    waiting = left;
    return taken;
  }

  private void gone(RunRequest request) {
    rows -= request.rows;
    slots.givePlace();
  }

  private void await(RunRequest request) {
    boolean interrupted = false;
    try {
      while (request.state != RunRequest.State.DONE) {
        boolean waits = request.state == RunRequest.State.WAITING;
        request.await(waits ? request.turn.left() : Long.MAX_VALUE);
        if (Thread.interrupted()) {
          interrupted = true;
          if (leave(request)) {
            throw new ServingException.Unavailable("the service is shutting down", null);
          }
        }
        if (request.turn.left() <= 0 && leave(request)) {
          throw ServingException.Expired.inQueue();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Whether it waited, and does so no more. */
  private boolean leave(RunRequest request) {
    synchronized (lock) {
      if (!waiting.remove(request)) {
        return false;
      }
      gone(request);
      return true;
    }
  }
}
