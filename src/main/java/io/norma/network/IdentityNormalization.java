package io.norma.network;

import io.norma.kernel.statistics.ChannelStatistics;

/**
 * A batch normalization by reference moments that changes no bit of what its reference statistics
 * normalize: {@code y = γ·(x − μ)/√(σ²+ε) + β} with γ = √(σ²+ε) and β = μ.
 *
 * @param gamma γ per channel, the deviation on the reference data
 * @param statistics μ and σ² per channel: β is μ
 * @param epsilon ε, small beside the variances
 */
record IdentityNormalization(float[] gamma, ChannelStatistics statistics, double epsilon) {
  /** ε relative to the mean of a layer's variances: channels that were constant stay finite. */
  private static final double RELATIVE_EPSILON = 1e-8;

  /**
   * The least ε: half the distance between the smallest floats is 2⁻²⁴ of it, as half the distance
   * between floats is of any other.
   */
  private static final double LEAST_EPSILON = 0x1p-120;

  /**
   * That of reference moments. Its variances are theirs but for some roundings: of each the float
   * is taken that makes the scale 1.
   *
   * <p>Let g be the float nearest to √(v+ε), or the next above it where g² < ε; g² has 48 bits and
   * is exact in double. σ² is the float nearest to g² − ε ≥ 0, so {@code σ² + ε = g²·(1+δ)}, where
   * |δ| is at most 2⁻²⁴/(1+2⁻²⁴) because σ² ≤ g², and 2⁻²⁴ where σ² is subnormal, because then its
   * error is at most 2⁻¹⁵⁰ and g² ≥ ε ≥ 2⁻¹²⁰. Then {@code g/√(σ²+ε) = 1 − δ/2 + …} is, whatever
   * double arithmetic adds, within 2⁻²⁵ below and 2⁻²⁴ above 1, and the float nearest to that is 1.
   */
  static IdentityNormalization of(ChannelStatistics reference) {
    float[] variance = new float[reference.channels()];
    float[] gamma = new float[reference.channels()];
    double epsilon = epsilon(reference.variance());
    for (int c = 0; c < gamma.length; c++) {
      float g = (float) Math.sqrt(reference.variance()[c] + epsilon);
      if (square(g) < epsilon) {
        g = Math.nextUp(g);
      }
      if (Float.isInfinite((float) (square(g) - epsilon))) {
        g = Math.nextDown(g);
      }
      gamma[c] = g;
      variance[c] = (float) (square(g) - epsilon);
    }
    return new IdentityNormalization(
        gamma, new ChannelStatistics(reference.mean(), variance), epsilon);
  }

  private static double epsilon(float[] variance) {
    double sum = 0;
    for (float v : variance) {
      sum += v;
    }
    return Math.max(LEAST_EPSILON, RELATIVE_EPSILON * sum / Math.max(1, variance.length));
  }

  private static double square(float g) {
    return (double) g * g;
  }
}
