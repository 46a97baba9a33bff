package io.norma.kernel.statistics;

/**
 * The mean and variance of all values of all batches together: {@link ChannelMoments}, merged
 * exactly.
 *
 * @param convention what the variance is divided by
 */
public record PooledEstimate(ChannelMoments moments, VarianceConvention convention)
    implements StatisticsEstimate {
  @Override
  public PooledEstimate add(ChannelMoments batch) {
    return new PooledEstimate(moments.merge(batch), convention);
  }

  @Override
  public ChannelStatistics statistics() {
    return StatisticsEstimate.rounded(moments.mean(), convention.variance(moments));
  }
}
