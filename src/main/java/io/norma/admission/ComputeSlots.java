package io.norma.admission;

import io.norma.serving.ServingException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets as many inferences compute at once as there are threads to compute on; a bounded number of
 * others wait in the order they came.
 */
public final class ComputeSlots {
  private static final int RETRY_AFTER_SECONDS = 1;

  private final Semaphore free;
  private final int slots;
  private final int maxQueue;
  private final AtomicInteger waiting = new AtomicInteger();

  /**
   * @param slots inferences that compute at once
   * @param maxQueue inferences that may wait
   */
  public ComputeSlots(int slots, int maxQueue) {
    this.slots = slots;
    this.maxQueue = maxQueue;
    free = new Semaphore(slots, true);
  }

  /**
   * Waits for a slot; the caller must {@link #leave} it.
   *
   * @throws ServingException.Overloaded if the queue is full
   */
  public void enter() {
    try {
      acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ServingException.Unavailable("the service is shutting down", e);
    }
  }

  private void acquire() throws InterruptedException {
    // Without a time it would take a slot that those who wait are about to get.
    if (free.tryAcquire(0, TimeUnit.NANOSECONDS)) {
      return;
    }
    if (waiting.incrementAndGet() > maxQueue) {
      waiting.decrementAndGet();
      throw new ServingException.Overloaded(
          "too many requests: "
              + slots
              + " are being computed and "
              + maxQueue
              + " wait (norma.inference.max-queue); try again later",
          RETRY_AFTER_SECONDS);
    }
    try {
      free.acquire();
    } finally {
      waiting.decrementAndGet();
    }
  }

  /** Gives back a slot that was entered. */
  public void leave() {
    free.release();
  }

  /** Inferences that wait now. */
  public int waiting() {
    return waiting.get();
  }

  /** Inferences that compute now. */
  public int computing() {
    return slots - free.availablePermits();
  }
}
