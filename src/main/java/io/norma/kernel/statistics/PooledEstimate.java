package io.norma.kernel.statistics;

/**
 * The mean and variance of all values of all batches together, which depend on the batches alone
 * and not on their order, to the last bit: what is added up are {@code S = Σ n_b·μ_b} and {@code Q
 * = Σ (M_b + n_b·μ_b²)} over the batches' {@link ChannelMoments}, without rounding, and
 *
 * <pre>
 *   n = Σ n_b,  μ = S/n,  M = Q − S²/n
 * </pre>
 *
 * <p>are rounded to double once. Nothing cancels, for Q and S²/n are exact; in exact arithmetic
 * this is Chan, Golub and LeVeque 1983, equation 1.5b, whose result in doubles does depend on the
 * order. Estimates of parts merge to that of the whole, whatever batches are in which part.
 *
 * <p>A mean is taken as a multiple of 2^−537, so that its square is one of 2^−1074, the smallest
 * double: that changes none of 2^−484 or more, and none that float32 can tell from 0.
 *
 * @param moments n, μ and M, rounded to double
 * @param meanRemainder {@code S − n·μ}
 * @param deviationsRemainder {@code Q − n·μ² − M}
 * @param convention what the variance is divided by
 */
public record PooledEstimate(
    ChannelMoments moments,
    Remainder meanRemainder,
    Remainder deviationsRemainder,
    VarianceConvention convention)
    implements StatisticsEstimate {
  private static final double GRID = 0x1p537;

  /** From here on all doubles are multiples of 2^−537. */
  private static final double ON_GRID = 0x1p-484;

  /** Of moments that are exact as they stand. */
  public PooledEstimate(ChannelMoments moments, VarianceConvention convention) {
    this(moments, Remainder.NONE, Remainder.NONE, convention);
  }

  @Override
  public PooledEstimate add(ChannelMoments batch) {
    return merge(new PooledEstimate(batch, convention));
  }

  /**
   * As {@link StatisticsEstimate#merge} has it; the other's convention does not matter.
   *
   * @throws IllegalArgumentException if the other is of another kind or has another number of
   *     channels, or a sum is not finite, or remainders make a sum of squared deviations negative
   */
  @Override
  public PooledEstimate merge(StatisticsEstimate other) {
    if (!(other instanceof PooledEstimate pooled)
        || pooled.moments.channels() != moments.channels()) {
      throw StatisticsEstimate.unlike();
    }
    long count = Math.addExact(moments.count(), pooled.moments.count());
    if (count == 0) {
      return this;
    }
    int channels = moments.channels();
    double[] mean = new double[channels];
    double[] deviations = new double[channels];
    ExactNumber[] meanLeft = new ExactNumber[channels];
    ExactNumber[] deviationsLeft = new ExactNumber[channels];
    for (int c = 0; c < channels; c++) {
      ExactNumber sum = sum(c).plus(pooled.sum(c));
      ExactNumber squares = squares(c).plus(pooled.squares(c));
      mean[c] = onGrid(sum.dividedBy(count));
      deviations[c] = squares.times(count).minus(sum.square()).dividedBy(count);
      ExactNumber exactMean = ExactNumber.of(mean[c]);
      meanLeft[c] = sum.minus(exactMean.times(count));
      deviationsLeft[c] =
          squares.minus(exactMean.square().times(count)).minus(ExactNumber.of(deviations[c]));
    }
    return new PooledEstimate(
        new ChannelMoments(count, mean, deviations),
        Remainder.of(meanLeft),
        Remainder.of(deviationsLeft),
        convention);
  }

  private static double onGrid(double mean) {
    return Math.abs(mean) < ON_GRID ? Math.rint(mean * GRID) / GRID + 0.0 : mean;
  }

  /** S of a channel. */
  private ExactNumber sum(int c) {
    return mean(c).times(moments.count()).plus(meanRemainder.exact(c));
  }

  /** Q of a channel. */
  private ExactNumber squares(int c) {
    return ExactNumber.of(moments.sumOfSquaredDeviations()[c])
        .plus(mean(c).square().times(moments.count()))
        .plus(deviationsRemainder.exact(c));
  }

  private ExactNumber mean(int c) {
    return ExactNumber.of(onGrid(moments.mean()[c]));
  }

  @Override
  public ChannelStatistics statistics() {
    return StatisticsEstimate.rounded(moments.mean(), convention.variance(moments));
  }
}
