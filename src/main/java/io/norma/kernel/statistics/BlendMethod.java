package io.norma.kernel.statistics;

/**
 * How a prior's statistics and a batch's become one, with weight λ on the prior, s, and 1 − λ on
 * the batch, b:
 *
 * <pre>
 *   μ = λ·μ_s + (1−λ)·μ_b
 *   LINEAR:   σ² = λ·σ_s² + (1−λ)·σ_b²
 *   MIXTURE:  σ² = λ·σ_s² + (1−λ)·σ_b² + λ·(1−λ)·(μ_s − μ_b)²
 * </pre>
 *
 * <p>{@link #LINEAR} is the estimator of Schneider et al. 2020, "Improving robustness against
 * common corruptions by covariate shift adaptation", equation 1. {@link #MIXTURE} is the variance
 * of the mixture λ·P_s + (1−λ)·P_b, which has the spread between the two means in it (law of total
 * variance).
 */
public enum BlendMethod {
  LINEAR {
    @Override
    double betweenMeans(double priorWeight, double difference) {
      return 0;
    }
  },
  MIXTURE {
    @Override
    double betweenMeans(double priorWeight, double difference) {
      return priorWeight * (1 - priorWeight) * difference * difference;
    }
  };

  /**
   * λ = N/(N+n): the prior counts for as much as N rows would.
   *
   * @param priorCount N, finite and not negative
   * @param rows n, rows of the batch, at least 1
   */
  public static double priorWeight(double priorCount, int rows) {
    if (!(priorCount >= 0 && priorCount < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "prior_count must be finite and not negative, but is " + priorCount);
    }
    if (rows < 1) {
      throw new IllegalArgumentException("a batch needs at least 1 row, but has " + rows);
    }
    return priorCount / (priorCount + rows);
  }

  /** μ. */
  public double mean(double priorWeight, double priorMean, double batchMean) {
    return priorWeight * priorMean + (1 - priorWeight) * batchMean;
  }

  /** σ². */
  public double variance(
      double priorWeight,
      double priorMean,
      double priorVariance,
      double batchMean,
      double batchVariance) {
    return priorWeight * priorVariance
        + (1 - priorWeight) * batchVariance
        + betweenMeans(priorWeight, priorMean - batchMean);
  }

  /** What the distance between the means adds to the variance. */
  abstract double betweenMeans(double priorWeight, double difference);
}
