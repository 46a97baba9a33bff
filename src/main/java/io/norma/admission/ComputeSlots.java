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
 * Lets as many compute at once as there are threads to compute on; a bounded number of others wait
 * for their {@link Turn}. What runs in the background waits besides, for a slot that nobody else
 * wants; kept from one for long, it gets the next.
 */
public final class ComputeSlots {
  private static final int RETRY_AFTER_SECONDS = 1;

  /** How long the background waits while others are busy. */
  private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(250);

  private static final Comparator<Waiter> ORDER =
      Comparator.<Waiter>comparingInt(waiter -> waiter.turn.level())
          .thenComparingLong(waiter -> waiter.number);

  private final int slots;
  private final int maxQueue;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Object lock = new Object();
  private final TreeSet<Waiter> queue = new TreeSet<>(ORDER);
  private final Deque<Waiter> background = new ArrayDeque<>();
  private int free;
  private long arrivals;

  /** A thread that waits; a slot that becomes free is given to it. */
  public static final class Waiter {
    private final Thread thread = Thread.currentThread();
    private final long number;
    private final long since = System.nanoTime();
    private Turn turn;
    private volatile boolean granted;

    private Waiter(Turn turn, long number) {
      this.turn = turn;
      this.number = number;
    }
  }

  /**
   * @param slots that may be taken at once
   * @param maxQueue those that may wait for one, besides the background
   */
  public ComputeSlots(int slots, int maxQueue) {
    this.slots = slots;
    this.maxQueue = maxQueue;
    free = slots;
  }

  /** Takes a slot that is free and that nobody waits for; whoever has it must {@link #leave} it. */
  public boolean tryEnter() {
    synchronized (lock) {
      if (free == 0 || !queue.isEmpty()) {
        return false;
      }
      free--;
      return true;
    }
  }

  /**
   * Waits for a slot; the caller must {@link #leave} it.
   *
   * @throws ServingException.Overloaded at once, if the queue is full
   * @throws ServingException.Expired if there was none until the deadline
   */
  public void enter(Turn turn) {
    if (turn.isBackground()) {
      await(join(turn));
    } else if (!tryEnter()) {
      takePlace();
      try {
        await(join(turn));
      } finally {
        givePlace();
      }
    }
  }

  /**
   * Takes a place among those that wait; whoever has it must {@link #givePlace give} it back.
   *
   * @throws ServingException.Overloaded if there is none
   */
  public void takePlace() {
    if (waiting.incrementAndGet() > maxQueue) {
      waiting.decrementAndGet();
      throw full();
    }
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

  /** Gives back a place that was taken. */
  public void givePlace() {
    waiting.decrementAndGet();
  }

  /** Begins to wait for a slot, with a place that was taken. */
  public Waiter join(Turn turn) {
    synchronized (lock) {
      Waiter waiter = new Waiter(turn, arrivals++);
      if (free > 0) {
        free--;
        waiter.granted = true;
      } else if (turn.isBackground()) {
        background.add(waiter);
      } else {
        queue.add(waiter);
      }
      return waiter;
    }
  }

  /** Moves one that waits forward, if this level goes before its own. */
  public void promote(Waiter waiter, int level) {
    synchronized (lock) {
      if (level < waiter.turn.level() && queue.remove(waiter)) {
        waiter.turn = new Turn(level, waiter.turn.deadline());
        queue.add(waiter);
      }
    }
  }

  /**
   * Waits for the slot; the caller must {@link #leave} it.
   *
   * @throws ServingException.Expired if there was none until the deadline
   */
  public void await(Waiter waiter) {
    while (!waiter.granted) {
      long left = waiter.turn.left();
      if (left > 0 && !Thread.currentThread().isInterrupted()) {
        LockSupport.parkNanos(this, left);
      } else if (giveUp(waiter)) {
        throw left <= 0 ? ServingException.Expired.inQueue() : closing();
      }
    }
  }

  /** Whether it leaves the queue, and not with a slot. */
  private boolean giveUp(Waiter waiter) {
    synchronized (lock) {
      return waiter.turn.isBackground() ? background.remove(waiter) : queue.remove(waiter);
    }
  }

  private static ServingException closing() {
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
      next.granted = true;
    }
    LockSupport.unpark(next.thread);
  }

  private @Nullable Waiter next() {
    Waiter patient = background.peek();
    if (patient != null && (queue.isEmpty() || System.nanoTime() - patient.since > PATIENCE)) {
      return background.poll();
    }
    return queue.pollFirst();
  }

  /** Those that wait now, besides the background. */
  public int waiting() {
    return waiting.get();
  }

  /** Those that compute now. */
  public int computing() {
    synchronized (lock) {
      return slots - free;
    }
  }
}
