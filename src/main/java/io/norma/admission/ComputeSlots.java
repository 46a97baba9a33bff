package io.norma.admission;

import io.norma.serving.ServingException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets as many compute at once as there are threads to compute on; a bounded number of requests
 * wait for their {@link Turn}. What is short goes before what is long, unless that has waited for
 * long, and what is very long leaves one slot to others. What runs in the background waits besides,
 * for a slot that nobody else wants; kept from one for long, it gets the next.
 */
public final class ComputeSlots {
  private static final int RETRY_AFTER_SECONDS = 1;

  /** How long the background waits while others are busy. */
  private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(250);

  /** What is expected to take more leaves one slot to others. */
  private static final long LONG = TimeUnit.SECONDS.toNanos(1);

  /** Expected of what nothing is known of. */
  public static final long UNKNOWN = Long.MAX_VALUE;

  /** How many times as long as it computes something lets others go first that come later. */
  private static final long COURTESY = 1000;

  private static final long MOST_COURTESY = TimeUnit.SECONDS.toNanos(30);

  private static final Comparator<Waiter> ORDER =
      Comparator.<Waiter>comparingInt(waiter -> waiter.level)
          .thenComparingLong(waiter -> waiter.from)
          .thenComparingLong(waiter -> waiter.number);

  private final int slots;
  private final int maxQueue;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Object lock = new Object();
  private final TreeSet<Waiter> queue = new TreeSet<>(ORDER);
  private final TreeSet<Waiter> longQueue = new TreeSet<>(ORDER);
  private final Deque<Waiter> background = new ArrayDeque<>();
  private int free;
  private int computingLong;
  private long arrivals;

  /** Something that a slot is wanted for. */
  public static final class Waiter {
    private final long number;
    private final long since = System.nanoTime();
    private final Consumer<Waiter> granted;
    private int level;
    private boolean isLong;

    /** By what it stands in its queue: when it came, or as if it had come later. */
    private long from;

    private Waiter(int level, long expected, long number, Consumer<Waiter> granted) {
      this.level = level;
      this.number = number;
      this.granted = granted;
      isLong = isLong(expected);
      from = since + courtesy(expected);
    }
  }

  /** Whether it is known to be very long. */
  private static boolean isLong(long expected) {
    return expected > LONG && expected < UNKNOWN;
  }

  /**
   * How much later something counts as having come than it did: of a row and a batch that wait, the
   * row goes first, unless the batch has waited for a thousand times its own length, or for half a
   * minute.
   *
   * @param expected nanoseconds that it will take
   */
  public static long courtesy(long expected) {
    return Math.min(expected, MOST_COURTESY / COURTESY) * COURTESY;
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

  /** Begins to wait for a slot, for something that takes no time. */
  Waiter join(int level, Runnable granted) {
    return join(level, 0, _ -> granted.run());
  }

  /**
   * Begins to wait for a slot.
   *
   * @param level as that of a {@link Turn}
   * @param expected about how many nanoseconds it takes; very many if that is not known
   * @param granted called once there is one, by any thread, and quick; what it starts must {@link
   *     #leave} the slot
   */
  public Waiter join(int level, long expected, Consumer<Waiter> granted) {
    Waiter waiter;
    synchronized (lock) {
      waiter = new Waiter(level, expected, arrivals++, granted);
      waiter.isLong |= level == Turn.BACKGROUND;
      if (free == 0 || !mayCompute(waiter)) {
        queueOf(waiter).add(waiter);
        return waiter;
      }
      free--;
      begin(waiter);
    }
    granted.accept(waiter);
    return waiter;
  }

  private Collection<Waiter> queueOf(Waiter waiter) {
    return waiter.level == Turn.BACKGROUND ? background : waiter.isLong ? longQueue : queue;
  }

  private boolean mayCompute(Waiter waiter) {
    return !waiter.isLong || computingLong < Math.max(1, slots - 1);
  }

  private void begin(Waiter waiter) {
    computingLong += waiter.isLong ? 1 : 0;
  }

  /** Moves one that waits forward, if this level, or something shorter, goes before its own. */
  public void promote(Waiter waiter, int level, long expected) {
    List<Waiter> granted;
    synchronized (lock) {
      long from = Math.min(waiter.from, waiter.since + courtesy(expected));
      boolean becomesShorter = waiter.isLong && !isLong(expected);
      if (level >= waiter.level && from == waiter.from && !becomesShorter) {
        return;
      }
      if (!queueOf(waiter).remove(waiter)) {
        return;
      }
      waiter.level = Math.min(level, waiter.level);
      waiter.from = from;
      waiter.isLong &= !becomesShorter;
      queueOf(waiter).add(waiter);
      granted = grantFree();
    }
    granted.forEach(next -> next.granted.accept(next));
  }

  /** Whether one that waited waits no more, and gets no slot either. */
  public boolean giveUp(Waiter waiter) {
    synchronized (lock) {
      return queueOf(waiter).remove(waiter);
    }
  }

  /**
   * Waits for a slot in the background, on a thread that may be kept; the caller must {@link
   * #leave(Waiter)} it.
   *
   * @throws ServingException.Unavailable if the thread is interrupted
   */
  public Waiter enterInBackground() {
    AtomicInteger has = new AtomicInteger();
    Thread thread = Thread.currentThread();
    Waiter waiter =
        join(
            Turn.BACKGROUND,
            UNKNOWN,
            _ -> {
              has.set(1);
              LockSupport.unpark(thread);
            });
    while (has.get() == 0) {
      LockSupport.park(this);
      if (thread.isInterrupted() && giveUp(waiter)) {
        throw closing();
      }
    }
    return waiter;
  }

  static ServingException closing() {
    return new ServingException.Unavailable("the service is shutting down", null);
  }

  /** Gives back a slot that was entered, or that something of usual length waited for. */
  public void leave() {
    leave(false);
  }

  /** Gives back a slot that this waited for. */
  public void leave(Waiter waiter) {
    leave(waiter.isLong);
  }

  private void leave(boolean wasLong) {
    List<Waiter> granted;
    synchronized (lock) {
      computingLong -= wasLong ? 1 : 0;
      free++;
      granted = grantFree();
    }
    granted.forEach(next -> next.granted.accept(next));
  }

  /** Those who get the slots that are free. */
  private List<Waiter> grantFree() {
    List<Waiter> granted = new ArrayList<>(1);
    while (free > 0) {
      Waiter next = next();
      if (next == null) {
        break;
      }
      free--;
      begin(next);
      granted.add(next);
    }
    return granted;
  }

  private @Nullable Waiter next() {
    Waiter best = queue.isEmpty() ? null : queue.first();
    Waiter longest = longQueue.isEmpty() ? null : longQueue.first();
    if (longest != null
        && mayCompute(longest)
        && (best == null || ORDER.compare(longest, best) < 0)) {
      best = longest;
    }
    Waiter patient = background.peek();
    if (patient != null
        && mayCompute(patient)
        && (best == null || System.nanoTime() - patient.since > PATIENCE)) {
      return background.poll();
    }
    if (best != null) {
      queueOf(best).remove(best);
    }
    return best;
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
