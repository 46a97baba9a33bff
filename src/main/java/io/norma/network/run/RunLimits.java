package io.norma.network.run;

import io.norma.kernel.tensor.TimeLimit;
import io.norma.kernel.tensor.WorkLimit;

/**
 * What one run may take besides memory.
 *
 * @param iterations of its loops
 * @param work of all its layers
 * @param time looked at after each of them
 */
public record RunLimits(IterationLimit iterations, WorkLimit work, TimeLimit time) {
  /** Whatever it takes. */
  public static RunLimits none() {
    return of(IterationLimit.none());
  }

  /** No limit but that of the iterations. */
  public static RunLimits of(IterationLimit iterations) {
    return new RunLimits(iterations, WorkLimit.none(), TimeLimit.none());
  }
}
