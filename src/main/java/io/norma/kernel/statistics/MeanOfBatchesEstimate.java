package io.norma.kernel.statistics;

/**
 * The mean of the batches' means and the mean of their variances, each batch counting the same:
 *
 * <pre>
 *   μ_k  = μ_{k−1}  + (μ_b  − μ_{k−1})/k
 *   σ²_k = σ²_{k−1} + (σ²_b − σ²_{k−1})/k
 * </pre>
 *
 * <p>This is the "precise batch normalization" of Wu and Johnson 2021, "Rethinking 'batch' in
 * BatchNorm", section 3, and what PyTorch does with {@code momentum=None}. It leaves out how far
 * the batches' means are apart, which {@link PooledEstimate} has in its variance.
 *
 * @param batches k
 * @param mean μ per channel
 * @param variance σ² per channel
 * @param convention what each batch's variance is divided by
 */
public record MeanOfBatchesEstimate(
    long batches, double[] mean, double[] variance, VarianceConvention convention)
    implements StatisticsEstimate {
  @Override
  public MeanOfBatchesEstimate add(ChannelMoments batch) {
    double[] batchVariance = convention.variance(batch);
    double[] nextMean = mean.clone();
    double[] nextVariance = variance.clone();
    long next = batches + 1;
    for (int c = 0; c < nextMean.length; c++) {
      nextMean[c] += (batch.mean()[c] - nextMean[c]) / next;
      nextVariance[c] += (batchVariance[c] - nextVariance[c]) / next;
    }
    return new MeanOfBatchesEstimate(next, nextMean, nextVariance, convention);
  }

  @Override
  public ChannelStatistics statistics() {
    if (batches == 0) {
      throw new IllegalStateException("there is no batch yet");
    }
    return StatisticsEstimate.rounded(mean, variance);
  }
}
