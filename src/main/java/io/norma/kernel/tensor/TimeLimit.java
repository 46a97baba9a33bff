package io.norma.kernel.tensor;

import java.time.Duration;

/**
 * How long something may take.
 *
 * @param name what to change to have more, for messages
 * @param most above 0
 */
public record TimeLimit(String name, Duration most) {
  /**
   * @throws IllegalArgumentException if it is not above 0
   */
  public TimeLimit {
    if (most.isNegative() || most.isZero()) {
      throw new IllegalArgumentException(name + " must be above 0, but is " + most);
    }
  }

  /** As long as it takes. */
  public static TimeLimit none() {
    return new TimeLimit("time", Duration.ofDays(36_500));
  }

  /** From now on. */
  public Deadline begin() {
    return new Deadline(this, System.nanoTime() + most.toNanos());
  }

  /** When the time is over. Whoever takes long asks again and again. */
  public static final class Deadline {
    private final TimeLimit limit;
    private final long nanos;

    private Deadline(TimeLimit limit, long nanos) {
      this.limit = limit;
      this.nanos = nanos;
    }

    /** Whether the time is over. */
    public boolean isOver() {
      return System.nanoTime() - nanos > 0;
    }

    /**
     * Makes sure that it is not.
     *
     * @throws WorkLimitException if it is
     */
    public void check() {
      if (isOver()) {
        throw new WorkLimitException(
            "it takes longer than the %s of %s".formatted(limit.most, limit.name));
      }
    }
  }
}
