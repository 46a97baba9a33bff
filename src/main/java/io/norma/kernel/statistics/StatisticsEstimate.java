package io.norma.kernel.statistics;

/**
 * Mean and variance per channel of one layer, estimated from batches that come one after the other
 * in any order. Immutable.
 */
public sealed interface StatisticsEstimate permits PooledEstimate, MeanOfBatchesEstimate {
  /** This estimate with one more batch. */
  StatisticsEstimate add(ChannelMoments batch);

  /**
   * What the batches so far come to, rounded to float32 once.
   *
   * @throws IllegalStateException if there are too few values
   * @throws IllegalArgumentException if a value is not finite
   */
  ChannelStatistics statistics();

  /** Rounds to float32. */
  static ChannelStatistics rounded(double[] mean, double[] variance) {
    float[] roundedMean = new float[mean.length];
    float[] roundedVariance = new float[mean.length];
    for (int c = 0; c < mean.length; c++) {
      roundedMean[c] = (float) mean[c];
      roundedVariance[c] = (float) variance[c];
    }
    return new ChannelStatistics(roundedMean, roundedVariance);
  }
}
