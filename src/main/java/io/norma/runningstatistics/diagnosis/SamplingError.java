package io.norma.runningstatistics.diagnosis;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.tensor.Tensor;

/**
 * How far chance alone moves the mean and the variance of a batch, as squared standard errors per
 * channel. Rows are drawn independently of each other, the values within one are not: so of N rows,
 * with m values of a channel each, whose means are m_n and whose mean squares of deviations from
 * the batch's mean μ are s_n,
 *
 * <pre>
 *   se²(μ)  = Σ (m_n − μ)²  / (N·(N−1))
 *   se²(σ²) = Σ (s_n − σ²)² / (N·(N−1)),   s_n = M_n/m + (m_n − μ)²,   σ² = (Σ s_n)/N
 * </pre>
 *
 * <p>that is the variance of a mean of clusters of one size (Cochran 1977, "Sampling techniques",
 * section 9.3); with m = 1 it is σ²/N and its like. NaN where there is one row.
 *
 * @param rows N
 * @param ofMean se²(μ) per channel
 * @param ofVariance se²(σ²) per channel
 */
record SamplingError(int rows, double[] ofMean, double[] ofVariance) {
  /**
   * Of what a batch normalization gets.
   *
   * @param x FP32 or FP64 of shape (N, C, …)
   * @param moments of it
   */
  static SamplingError of(Tensor x, ChannelMoments moments) {
    int rows = x.shape().dimension(0);
    double[] ofMean = new double[moments.channels()];
    double[] ofVariance = new double[moments.channels()];
    for (int n = 0; n < rows; n++) {
      ChannelMoments row = ChannelMoments.of(x.rows(n, n + 1), 1);
      for (int c = 0; c < ofMean.length; c++) {
        double mean = row.mean()[c] - moments.mean()[c];
        double square = row.sumOfSquaredDeviations()[c] / row.count() + mean * mean;
        double variance = square - moments.sumOfSquaredDeviations()[c] / moments.count();
        ofMean[c] += mean * mean;
        ofVariance[c] += variance * variance;
      }
    }
    for (int c = 0; c < ofMean.length; c++) {
      ofMean[c] /= rows * (rows - 1.0);
      ofVariance[c] /= rows * (rows - 1.0);
    }
    return new SamplingError(rows, ofMean, ofVariance);
  }
}
