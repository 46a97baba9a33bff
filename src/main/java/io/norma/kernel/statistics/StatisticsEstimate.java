package io.norma.kernel.statistics;

/**
 * Mean and variance per channel of one layer, estimated from batches that come in any order, and in
 * parts that are merged in any order: the same batches give the same estimate, to the last bit.
 * Immutable.
 */
public sealed interface StatisticsEstimate permits PooledEstimate, MeanOfBatchesEstimate {
  /**
   * This estimate with one more batch.
   *
   * @throws IllegalArgumentException if the batch does not fit, or a sum is not finite
   */
  StatisticsEstimate add(ChannelMoments batch);

  /**
   * This estimate with the batches of another one, which was made apart from it.
   *
   * @throws IllegalArgumentException if the other does not fit, or a sum is not finite
   */
  StatisticsEstimate merge(StatisticsEstimate other);

  /**
   * What the batches so far come to, rounded to float32 once.
   *
   * @throws IllegalStateException if there are too few values
   * @throws IllegalArgumentException if a value is not finite
   */
  ChannelStatistics statistics();

  /** What estimates that do not merge are answered with. */
  static IllegalArgumentException unlike() {
    return new IllegalArgumentException(
        "estimates of other kinds, other channels or other conventions do not merge");
  }

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
