package io.norma.kernel.tensor;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that may be held at one time, by whoever shares the budget. What needs memory reserves it
 * before it is allocated and releases it when it can be collected; nobody waits. A budget may be
 * part of another one, which then has to have the bytes, too.
 */
public final class MemoryBudget {
  private final String name;
  private final long limit;
  private final @Nullable MemoryBudget whole;
  private final List<BooleanSupplier> reclaimers = new CopyOnWriteArrayList<>();
  private long reserved;

  /**
   * A budget of its own.
   *
   * @param name what to change to have more, for messages
   * @param limit bytes that may be reserved at one time
   */
  public MemoryBudget(String name, long limit) {
    this(name, limit, null);
  }

  private MemoryBudget(String name, long limit, @Nullable MemoryBudget whole) {
    if (limit < 0) {
      throw new IllegalArgumentException(name + " must be 0 bytes or more, but is " + limit);
    }
    this.name = name;
    this.limit = limit;
    this.whole = whole;
  }

  /** A budget that is never used up. */
  public static MemoryBudget unlimited() {
    return new MemoryBudget("memory", Long.MAX_VALUE);
  }

  /** Part of this budget. */
  public MemoryBudget part(String partName, long partLimit) {
    return new MemoryBudget(partName, Math.min(partLimit, limit), this);
  }

  /** The budget that this one is part of, and that is part of none; or this one. */
  public MemoryBudget root() {
    return whole == null ? this : whole.root();
  }

  /** Bytes that may be reserved at one time. */
  public long limit() {
    return limit;
  }

  /** Bytes that are reserved now. */
  public synchronized long reserved() {
    return reserved;
  }

  /**
   * Adds what can let go of memory that is reserved but not in use: it tells whether it did, and is
   * asked again until the bytes are there.
   */
  public void reclaimBy(BooleanSupplier reclaimer) {
    reclaimers.add(reclaimer);
  }

  /**
   * Reserves bytes.
   *
   * @param held bytes that the caller has reserved already, to tell who has the rest
   * @throws MemoryLimitException if they are not left
   */
  public void reserve(long bytes, long held) {
    while (true) {
      MemoryBudget lacking = tryReserve(bytes);
      if (lacking == null) {
        return;
      }
      long needed = bytes + held;
      boolean reclaims = needed <= lacking.limit && lacking.reclaim();
      if (!reclaims) {
        throw new MemoryLimitException(lacking.name, needed, lacking.limit);
      }
    }
  }

  /** Reserves bytes, or tells which budget does not have them. */
  private @Nullable MemoryBudget tryReserve(long bytes) {
    synchronized (this) {
      if (bytes > limit - reserved) {
        return this;
      }
      reserved += bytes;
    }
    MemoryBudget lacking = whole == null ? null : whole.tryReserve(bytes);
    if (lacking != null) {
      synchronized (this) {
        reserved -= bytes;
      }
    }
    return lacking;
  }

  private boolean reclaim() {
    return reclaimers.stream().anyMatch(BooleanSupplier::getAsBoolean);
  }

  /** Gives back bytes that were reserved. */
  public void release(long bytes) {
    synchronized (this) {
      reserved -= bytes;
    }
    if (whole != null) {
      whole.release(bytes);
    }
  }
}
