package io.norma.network.run;

import io.norma.kernel.tensor.TimeLimit;
import io.norma.kernel.tensor.WorkLimitException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Counts what a run takes besides memory, or several that make one. */
final class Effort {
  private final RunLimits limits;
  private final Whole whole;
  private long iterations;

  Effort(RunLimits limits) {
    this(limits, new Whole());
  }

  private Effort(RunLimits limits, Whole whole) {
    this.limits = limits;
    this.whole = whole;
  }

  /** What the runs that make one take together, on several threads perhaps. */
  private static final class Whole {
    private final AtomicLong work = new AtomicLong();
    private volatile TimeLimit.@Nullable Deadline deadline;
  }

  /** For a thread that takes part in the runs that make one. */
  Effort part() {
    return new Effort(limits, whole);
  }

  /** Begins a run; its loops' iterations are its own. */
  void begin() {
    iterations = 0;
    if (whole.deadline == null) {
      whole.deadline = limits.time().begin();
      whole.work.set(0);
    }
  }

  /** Ends the runs that make one. */
  void end() {
    whole.deadline = null;
  }

  /**
   * Counts one more iteration of a loop.
   *
   * @throws IllegalArgumentException if there are too many
   */
  void countIteration() {
    IterationLimit limit = limits.iterations();
    if (iterations == limit.most()) {
      throw new IllegalArgumentException(
          "the loop has not ended, and the loops of one run may take no more than %d iterations together (%s)"
              .formatted(limit.most(), limit.name()));
    }
    iterations++;
  }

  /**
   * Counts operations that are to come.
   *
   * @throws WorkLimitException if there are too many
   */
  void add(long operations) {
    whole.work.accumulateAndGet(operations, limits.work()::add);
  }

  /**
   * Makes sure that the time is not over.
   *
   * @throws WorkLimitException if it is
   */
  void checkTime() {
    TimeLimit.Deadline deadline = whole.deadline;
    if (deadline != null) {
      deadline.check();
    }
  }
}
