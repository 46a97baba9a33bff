package io.norma.kernel.statistics;

/** How several batches become one estimate. */
public enum Estimator {
  /** {@link PooledEstimate}. */
  POOLED {
    @Override
    public StatisticsEstimate empty(int channels, VarianceConvention convention) {
      return new PooledEstimate(ChannelMoments.empty(channels), convention);
    }
  },
  /** {@link MeanOfBatchesEstimate}. */
  MEAN_OF_BATCHES {
    @Override
    public StatisticsEstimate empty(int channels, VarianceConvention convention) {
      return new MeanOfBatchesEstimate(0, new double[channels], new double[channels], convention);
    }
  };

  /** The estimate from no batch. */
  public abstract StatisticsEstimate empty(int channels, VarianceConvention convention);
}
