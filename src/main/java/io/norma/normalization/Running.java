package io.norma.normalization;

import io.norma.kernel.statistics.VarianceConvention;
import io.norma.normalization.BatchResult.Statistics;
import org.jspecify.annotations.Nullable;

/**
 * Running statistics as batches come in: {@code new = old + weight·(batch − old)} for mean and
 * variance, the batch's variance by the convention that they are kept in.
 */
record Running(Conventions conventions, double @Nullable [] mean, double @Nullable [] variance) {
  /**
   * After one more batch.
   *
   * @param batch with the population variance
   * @throws io.norma.serving.ServingException.InvalidField if the batch's are not finite
   */
  Running add(Statistics batch, long count, double weight) {
    if (mean == null || variance == null) {
      return this;
    }
    requireFinite(batch);
    double correction =
        conventions.variance() == VarianceConvention.UNBIASED ? (double) count / (count - 1) : 1;
    double[] newMean = mean.clone();
    double[] newVariance = variance.clone();
    for (int c = 0; c < newMean.length; c++) {
      newMean[c] = (1 - weight) * mean[c] + weight * batch.mean()[c];
      newVariance[c] = (1 - weight) * variance[c] + weight * correction * batch.variance()[c];
    }
    return new Running(conventions, newMean, newVariance);
  }

  static void requireFinite(Statistics batch) {
    for (int c = 0; c < batch.mean().length; c++) {
      if (!Double.isFinite(batch.mean()[c]) || !Double.isFinite(batch.variance()[c])) {
        throw Checks.invalid(
            "input",
            "channel %d has mean %s and variance %s, which running statistics do not take in; remove"
                    .formatted(c, batch.mean()[c], batch.variance()[c])
                + " the values that are not finite, or leave the running statistics out");
      }
    }
  }

  @Nullable Statistics result() {
    return mean == null || variance == null ? null : new Statistics(mean, variance);
  }
}
