package io.norma.kernel.statistics;

/**
 * The mean of the batches' means and the mean of their variances, each batch counting the same:
 *
 * <pre>
 *   μ  = (Σ μ_b)/k
 *   σ² = (Σ σ²_b)/k
 * </pre>
 *
 * <p>This is the "precise batch normalization" of Wu and Johnson 2021, "Rethinking 'batch' in
 * BatchNorm", section 3, and what PyTorch does with {@code momentum=None}. It leaves out how far
 * the batches' means are apart, which {@link PooledEstimate} has in its variance.
 *
 * <p>Sums are not rounded, the quotients are, to double, once: so the result depends on the batches
 * alone and not on their order, to the last bit.
 *
 * @param batches k
 * @param mean μ per channel, rounded to double
 * @param variance σ² per channel, rounded to double
 * @param meanRemainder {@code Σ μ_b − k·μ}
 * @param varianceRemainder {@code Σ σ²_b − k·σ²}
 * @param convention what each batch's variance is divided by
 */
public record MeanOfBatchesEstimate(
    long batches,
    double[] mean,
    double[] variance,
    Remainder meanRemainder,
    Remainder varianceRemainder,
    VarianceConvention convention)
    implements StatisticsEstimate {
  /**
   * @throws IllegalArgumentException if a variance is negative
   */
  public MeanOfBatchesEstimate {
    for (int c = 0; c < variance.length; c++) {
      if (variance[c] < 0) {
        throw new IllegalArgumentException(
            "variance of channel %d must not be negative, but is %s".formatted(c, variance[c]));
      }
    }
  }

  /** Of means that are exact as they stand. */
  public MeanOfBatchesEstimate(
      long batches, double[] mean, double[] variance, VarianceConvention convention) {
    this(batches, mean, variance, Remainder.NONE, Remainder.NONE, convention);
  }

  @Override
  public MeanOfBatchesEstimate add(ChannelMoments batch) {
    return merge(
        new MeanOfBatchesEstimate(1, batch.mean(), convention.variance(batch), convention));
  }

  /**
   * As {@link StatisticsEstimate#merge} has it.
   *
   * @throws IllegalArgumentException if the other is of another kind, has another number of
   *     channels or another convention, or a sum is not finite
   */
  @Override
  public MeanOfBatchesEstimate merge(StatisticsEstimate other) {
    if (!(other instanceof MeanOfBatchesEstimate means)
        || means.mean.length != mean.length
        || means.convention != convention) {
      throw StatisticsEstimate.unlike();
    }
    long count = Math.addExact(batches, means.batches);
    if (count == 0) {
      return this;
    }
    double[] mergedMean = new double[mean.length];
    double[] mergedVariance = new double[mean.length];
    ExactNumber[] meanLeft = new ExactNumber[mean.length];
    ExactNumber[] varianceLeft = new ExactNumber[mean.length];
    for (int c = 0; c < mean.length; c++) {
      ExactNumber sum = sumOfMeans(c).plus(means.sumOfMeans(c));
      mergedMean[c] = sum.dividedBy(count);
      meanLeft[c] = sum.minus(ExactNumber.of(mergedMean[c]).times(count));
      ExactNumber variances = sumOfVariances(c).plus(means.sumOfVariances(c));
      mergedVariance[c] = variances.dividedBy(count);
      varianceLeft[c] = variances.minus(ExactNumber.of(mergedVariance[c]).times(count));
    }
    return new MeanOfBatchesEstimate(
        count,
        mergedMean,
        mergedVariance,
        Remainder.of(meanLeft),
        Remainder.of(varianceLeft),
        convention);
  }

  private ExactNumber sumOfMeans(int c) {
    return ExactNumber.of(mean[c]).times(batches).plus(meanRemainder.exact(c));
  }

  private ExactNumber sumOfVariances(int c) {
    return ExactNumber.of(variance[c]).times(batches).plus(varianceRemainder.exact(c));
  }

  @Override
  public ChannelStatistics statistics() {
    if (batches == 0) {
      throw new IllegalStateException("there is no batch yet");
    }
    return StatisticsEstimate.rounded(mean, variance);
  }
}
