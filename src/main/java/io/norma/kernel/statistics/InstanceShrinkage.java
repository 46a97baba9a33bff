package io.norma.kernel.statistics;

/**
 * A row's own mean and variance of a channel, as far as chance does not explain that they differ
 * from running ones. With μ_r and σ_r² running, μ_i and σ_i² (unbiased) of the row's L values:
 *
 * <pre>
 *   μ  = μ_r  + ψ(μ_i − μ_r;   k·√(σ_r²/L))
 *   σ² = σ_r² + ψ(σ_i² − σ_r²; k·σ_r²·√(2/(L−1)))
 *   ψ(x; λ) = sign(x)·max(|x| − λ, 0)
 * </pre>
 *
 * <p>λ is k standard errors of the mean and of the variance of L independent normal values. Source:
 * Gong et al. 2022, "NOTE: Robust continual test-time adaptation against temporal correlation",
 * instance-aware batch normalization; its code has σ_r² + ε in the standard errors.
 *
 * @param k 0 for the row's own statistics alone; the larger, the nearer to the running ones
 */
public record InstanceShrinkage(double k) {
  /** Where clean images lose nearly nothing; the source's own code has 4. */
  public static final double DEFAULT_K = 5;

  public InstanceShrinkage {
    if (!(k >= 0 && k < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("k must be finite and not negative, but is " + k);
    }
  }

  /**
   * μ.
   *
   * @param values L, at least 1
   */
  public double mean(double runningMean, double runningVariance, double mean, long values) {
    return runningMean + shrink(mean - runningMean, k * Math.sqrt(runningVariance / values));
  }

  /**
   * σ², never negative, since ψ moves towards σ_r² and not past it.
   *
   * @param variance σ_i²
   * @param values L, at least 2
   */
  public double variance(double runningVariance, double variance, long values) {
    double standardError = runningVariance * Math.sqrt(2.0 / (values - 1));
    return runningVariance + shrink(variance - runningVariance, k * standardError);
  }

  /** ψ(x; λ); NaN stays NaN. */
  private static double shrink(double x, double threshold) {
    if (x > threshold) {
      return x - threshold;
    }
    if (x < -threshold) {
      return x + threshold;
    }
    return Double.isNaN(x) ? x : 0;
  }
}
