package io.norma.normalization;

import io.norma.kernel.statistics.VarianceConvention;

/**
 * Every choice that a batch normalization depends on and that frameworks make differently.
 *
 * @param training by the batch's own statistics, or by given ones
 * @param epsilon ε, finite and above 0
 * @param variance what a running variance is divided by; batches are always normalized by the
 *     population variance
 */
public record Conventions(
    boolean training,
    int channelAxis,
    double epsilon,
    RunningUpdate update,
    VarianceConvention variance) {
  /**
   * @throws io.norma.serving.ServingException.InvalidField if epsilon is not finite and above 0
   */
  public Conventions {
    Checks.requireEpsilon(epsilon);
  }
}
