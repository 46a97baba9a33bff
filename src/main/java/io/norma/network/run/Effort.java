package io.norma.network.run;

import io.norma.kernel.tensor.TimeLimit;
import io.norma.kernel.tensor.WorkLimitException;
import org.jspecify.annotations.Nullable;

/** Counts what a run takes besides memory, or several that make one. */
final class Effort {
  private final RunLimits limits;
  private long iterations;
  private long work;
  private TimeLimit.@Nullable Deadline deadline;

  Effort(RunLimits limits) {
    this.limits = limits;
  }

  /** Begins a run; its loops' iterations are its own. */
  void begin() {
    iterations = 0;
    if (deadline == null) {
      deadline = limits.time().begin();
      work = 0;
    }
  }

  /** Ends the runs that make one. */
  void end() {
    deadline = null;
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
    work = limits.work().add(work, operations);
  }

  /**
   * Makes sure that the time is not over.
   *
   * @throws WorkLimitException if it is
   */
  void checkTime() {
    if (deadline != null) {
      deadline.check();
    }
  }
}
