package io.norma.kernel.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class StatisticsEstimateTest {
  private static final ChannelMoments A = moments(1, 2, 6);
  private static final ChannelMoments B = moments(-4, 0, 3, 5, 11, 2);

  @Test
  void pooledIsTheVarianceOfAllValuesTogether() {
    ChannelStatistics pooled =
        Estimator.POOLED.empty(1, VarianceConvention.UNBIASED).add(A).add(B).statistics();
    double mean = 26.0 / 9;
    double squares = 1 + 4 + 36 + 16 + 0 + 9 + 25 + 121 + 4;
    assertThat((double) pooled.mean()[0]).isCloseTo(mean, within(1e-6));
    assertThat((double) pooled.variance()[0])
        .isCloseTo((squares - 9 * mean * mean) / 8, within(1e-5));
  }

  @Test
  void meanOfBatchesLeavesOutHowFarTheMeansAreApart() {
    ChannelStatistics mean =
        Estimator.MEAN_OF_BATCHES
            .empty(1, VarianceConvention.POPULATION)
            .add(A)
            .add(B)
            .statistics();
    // Batch means 3 and 17/6; population variances 14/3 and 175/6 − (17/6)².
    assertThat((double) mean.mean()[0]).isCloseTo((3 + 17.0 / 6) / 2, within(1e-6));
    double second = 175.0 / 6 - 17.0 / 6 * 17.0 / 6;
    assertThat((double) mean.variance()[0]).isCloseTo((14.0 / 3 + second) / 2, within(1e-5));
  }

  @ParameterizedTest
  @EnumSource
  void doesNotDependOnTheOrderOfBatches(Estimator estimator) {
    StatisticsEstimate empty = estimator.empty(1, VarianceConvention.UNBIASED);
    ChannelStatistics forth = empty.add(A).add(B).statistics();
    ChannelStatistics back = empty.add(B).add(A).statistics();
    assertThat(forth.mean()[0]).isEqualTo(back.mean()[0]);
    assertThat(forth.variance()[0]).isEqualTo(back.variance()[0]);
  }

  @ParameterizedTest
  @EnumSource
  void claimsNothingWithoutBatches(Estimator estimator) {
    StatisticsEstimate empty = estimator.empty(1, VarianceConvention.UNBIASED);
    assertThatThrownBy(empty::statistics).isInstanceOf(IllegalStateException.class);
  }

  private static ChannelMoments moments(float... values) {
    return ChannelMoments.of(Tensor.of(Shape.of(values.length, 1), values), 1);
  }
}
