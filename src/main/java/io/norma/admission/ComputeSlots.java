package io.norma.admission;

import io.norma.serving.ServingException;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Lets as many compute at once as there are threads to compute on; a bounded number of requests
 * wait for their {@link Turn}. What runs in the background waits besides, for a slot that nobody
 * else wants; kept from one for long, it gets the next.
 */
public final class ComputeSlots {
  private static final int RETRY_AFTER_SECONDS = 1;

  /** How long the background waits while others are busy. */
  private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(250);

  private static final Comparator<Waiter> ORDER =
      Comparator.<Waiter>comparingInt(waiter -> waiter.level)
          .thenComparingLong(waiter -> waiter.number);

  private final int slots;
  private final int maxQueue;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Object lock = new Object();
  private final TreeSet<Waiter> queue = new TreeSet<>(ORDER);
  private final Deque<Waiter> background = new ArrayDeque<>();
  private int free;
  private long arrivals;

  /** Something that a slot is wanted for. */
  public static final class Waiter {
    private final long number;
    private final long since = System.nanoTime();
    private final Runnable granted;
    private int level;

    private Waiter(int level, long number, Runnable granted) {
      this.level = level;
      this.number = number;
      this.granted = granted;
    }
  }

  /**
   * @param slots that may be taken at once
   * @param maxQueue requests that may wait for one
   */
  public ComputeSlots(int slots, int maxQueue) {
    this.slots = slots;
    this.maxQueue = maxQueue;
    free = slots;
  }

  /** Takes a slot that is free and that nobody waits for; whoever has it must {@link #leave} it. */
  public boolean tryEnter() {
    synchronized (lock) {
      if (free == 0) {
        return false;
      }
      free--;
      return true;
    }
  }

  /**
   * Begins to wait for a slot.
   *
   * @param level as that of a {@link Turn}
   * @param granted called once there is one, by any thread, and quick; what it starts must {@link
   *     #leave} the slot
   */
  public Waiter join(int level, Runnable granted) {
    Waiter waiter;
    synchronized (lock) {
      waiter = new Waiter(level, arrivals++, granted);
      if (free == 0) {
        if (level == Turn.BACKGROUND) {
          background.add(waiter);
        } else {
          queue.add(waiter);
        }
        return waiter;
      }
      free--;
    }
    granted.run();
    return waiter;
  }

  /** Moves one that waits forward, if this level goes before its own. */
  public void promote(Waiter waiter, int level) {
    synchronized (lock) {
      if (level < waiter.level && queue.remove(waiter)) {
        waiter.level = level;
        queue.add(waiter);
      }
    }
  }

  /** Whether one that waited waits no more, and gets no slot either. */
  public boolean giveUp(Waiter waiter) {
    synchronized (lock) {
      return waiter.level == Turn.BACKGROUND ? background.remove(waiter) : queue.remove(waiter);
    }
  }

  /**
   * Waits for a slot in the background, on a thread that may be kept; the caller must {@link
   * #leave} it.
   *
   * @throws ServingException.Unavailable if the thread is interrupted
   */
  public void enterInBackground() {
    AtomicInteger has = new AtomicInteger();
    Thread thread = Thread.currentThread();
    Waiter waiter =
        join(
            Turn.BACKGROUND,
            () -> {
              has.set(1);
              LockSupport.unpark(thread);
            });
    while (has.get() == 0) {
      LockSupport.park(this);
      if (thread.isInterrupted() && giveUp(waiter)) {
        throw closing();
      }
    }
  }

  static ServingException closing() {
    return new ServingException.Unavailable("the service is shutting down", null);
  }

  /** Gives back a slot that was entered. */
  public void leave() {
    Waiter next;
    synchronized (lock) {
      next = next();
      if (next == null) {
        free++;
        return;
      }
    }
    next.granted.run();
  }

  private @Nullable Waiter next() {
    Waiter patient = background.peek();
    if (patient != null && (queue.isEmpty() || System.nanoTime() - patient.since > PATIENCE)) {
      return background.poll();
    }
    return queue.pollFirst();
  }

  /**
   * Takes a place among the requests that wait; whoever has it must {@link #givePlace give} it
   * back.
   *
   * @throws ServingException.Overloaded if there is none
   */
  public void takePlace() {
    if (waiting.incrementAndGet() > maxQueue) {
      waiting.decrementAndGet();
      throw full();
    }
  }

  /** Gives back a place that was taken. */
  public void givePlace() {
    waiting.decrementAndGet();
  }

  /**
   * Makes sure that there is a slot or a place, before anything is done that would be in vain.
   *
   * @throws ServingException.Overloaded if there is neither
   */
  public void requirePlace() {
    if (waiting.get() >= maxQueue && computing() == slots) {
      throw full();
    }
  }

  private ServingException full() {
    return new ServingException.Overloaded(
        "too many requests: "
            + slots
            + " are being computed and "
            + maxQueue
            + " wait (norma.inference.max-queue); try again later",
        RETRY_AFTER_SECONDS);
  }

  /** Requests that wait now. */
  public int waiting() {
    return waiting.get();
  }

  /** Slots that are taken now. */
  public int computing() {
    synchronized (lock) {
      return slots - free;
    }
  }
}
