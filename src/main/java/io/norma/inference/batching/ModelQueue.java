package io.norma.inference.batching;

import io.norma.admission.ComputeSlots;
import io.norma.admission.Turn;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The requests that wait for one model. One of them leads: it waits for a compute slot for all, and
 * when it has one takes those that have come meanwhile into a batch and runs it, on behalf of the
 * others. So there is no thread between, and nobody waits for company while a slot is free.
 */
final class ModelQueue {
  private static final int RETRY_AFTER_SECONDS = 1;

  private final BatchingSettings settings;
  private final ComputeSlots slots;
  private final Object lock = new Object();

  /** The most urgent first, among equals in the order they came. */
  private List<RunRequest> waiting = new ArrayList<>();

  private int rows;
  private @Nullable Lead lead;

  /** The request whose thread takes the next batch, and its place among those that want a slot. */
  private static final class Lead {
    final RunRequest request;
    ComputeSlots.@Nullable Waiter place;

    Lead(RunRequest request) {
      this.request = request;
    }
  }

  ModelQueue(BatchingSettings settings, ComputeSlots slots) {
    this.settings = settings;
    this.slots = slots;
  }

  /**
   * Runs a request, by itself or together with others.
   *
   * @throws ServingException.Overloaded if too many wait
   * @throws ServingException.Expired if its time is over before it has been taken into a batch
   */
  BatchRun run(Batch batch, RunRequest request) {
    if (settings.maxQueueDelay().isZero() && slots.tryEnter()) {
      try {
        batch.run(List.of(request));
      } finally {
        slots.leave();
      }
      return request.outcome();
    }
    join(request);
    try {
      return outcome(batch, request);
    } finally {
      slots.givePlace();
    }
  }

  private void join(RunRequest request) {
    synchronized (lock) {
      if (settings.maxQueueSize() > 0 && waiting.size() >= settings.maxQueueSize()) {
        throw new ServingException.Overloaded(
            "too many requests: %d wait for this model (norma.batching.max-queue-size); try again later"
                .formatted(waiting.size()),
            RETRY_AFTER_SECONDS);
      }
      slots.takePlace();
      int place = waiting.size();
      while (place > 0 && waiting.get(place - 1).turn.level() > request.turn.level()) {
        place--;
      }
      waiting.add(place, request);
      rows += request.rows;
      if (lead == null) {
        appoint(request);
      } else if (lead.place != null) {
        slots.promote(lead.place, request.turn.level());
      } else if (settings.rowsToTake(rows, false) > 0) {
        lead.request.wake();
      }
    }
  }

  private void appoint(RunRequest request) {
    lead = new Lead(request);
    request.state = RunRequest.State.LEADING;
  }

  private BatchRun outcome(Batch batch, RunRequest request) {
    boolean interrupted = false;
    try {
      while (true) {
        switch (request.state) {
          case DONE -> {
            return request.outcome();
          }
          case LEADING -> takeTheLead(batch, request);
          case TAKEN -> {
            request.await(Long.MAX_VALUE);
            // It is being computed, which will not take long.
            interrupted |= Thread.interrupted();
          }
          case WAITING -> {
            request.await(request.turn.left());
            if (Thread.currentThread().isInterrupted() && leave(request)) {
              throw new ServingException.Unavailable("the service is shutting down", null);
            }
            if (request.turn.left() <= 0 && leave(request)) {
              throw ServingException.Expired.inQueue();
            }
          }
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Whether it is not to be run any more. */
  private boolean leave(RunRequest request) {
    synchronized (lock) {
      if (!waiting.remove(request)) {
        return false;
      }
      rows -= request.rows;
      if (request.state == RunRequest.State.LEADING) {
        handOn();
      }
      return true;
    }
  }

  private void handOn() {
    lead = null;
    if (!waiting.isEmpty()) {
      RunRequest next = waiting.getFirst();
      appoint(next);
      next.wake();
    }
  }

  private void takeTheLead(Batch batch, RunRequest request) {
    awaitOthers(request);
    ComputeSlots.Waiter place;
    synchronized (lock) {
      place = slots.join(new Turn(waiting.getFirst().turn.level(), request.turn.deadline()));
      if (lead != null) {
        lead.place = place;
      }
    }
    try {
      slots.await(place);
    } catch (ServingException e) {
      leave(request);
      throw e;
    }
    try {
      batch.run(take());
    } finally {
      slots.leave();
    }
  }

  /** Waits until there are as many as are wanted, or the first has waited for long enough. */
  private void awaitOthers(RunRequest request) {
    long delay = settings.maxQueueDelay().toNanos();
    while (delay > 0 && !Thread.currentThread().isInterrupted()) {
      long left = request.arrived + delay - System.nanoTime();
      synchronized (lock) {
        if (settings.rowsToTake(rows, left <= 0) > 0) {
          return;
        }
      }
      if (request.turn.left() <= 0) {
        return;
      }
      request.await(Math.min(left, request.turn.left()));
    }
  }

  /** The requests of the next batch; those that are left get another to take theirs. */
  private List<RunRequest> take() {
    List<RunRequest> taken = new ArrayList<>();
    synchronized (lock) {
      List<RunRequest> left = new ArrayList<>();
      int limit = settings.rowsToTake(rows, true);
      int rowsTaken = 0;
      for (RunRequest request : waiting) {
        if (request.turn.left() <= 0) {
          request.fail(ServingException.Expired.inQueue());
          request.wake();
          rows -= request.rows;
        } else if (taken.isEmpty()
            || (rowsTaken + request.rows <= limit && request.fits(taken.getFirst()))) {
          request.state = RunRequest.State.TAKEN;
          rowsTaken += request.rows;
          taken.add(request);
        } else {
          request.state = RunRequest.State.WAITING;
          left.add(request);
        }
      }
      rows -= rowsTaken;
      waiting = left;
      handOn();
    }
    return taken;
  }
}
