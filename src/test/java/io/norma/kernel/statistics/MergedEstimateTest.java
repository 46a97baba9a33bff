package io.norma.kernel.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Estimates of parts, merged, are the estimate of the whole: to the last bit. */
final class MergedEstimateTest {
  private static final int CHANNELS = 5;
  private static final VarianceConvention CONVENTION = VarianceConvention.UNBIASED;
  private static final MathContext DIGITS = new MathContext(60);

  @ParameterizedTest
  @EnumSource
  void dependsOnTheBatchesAloneAndNotOnTheirOrderOrTheirParts(Estimator estimator) {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      List<ChannelMoments> batches = batches(random, 2 + random.nextInt(8));
      StatisticsEstimate whole = empty(estimator);
      for (ChannelMoments batch : batches) {
        whole = whole.add(batch);
      }
      Collections.shuffle(batches, random);
      assertSame(whole, inParts(estimator, batches, random), seed);
    }
  }

  /** Merges two by two, whichever, until one is left. */
  private static StatisticsEstimate inParts(
      Estimator estimator, List<ChannelMoments> batches, Random random) {
    List<StatisticsEstimate> parts = new ArrayList<>();
    batches.forEach(batch -> parts.add(empty(estimator).add(batch)));
    while (parts.size() > 1) {
      StatisticsEstimate one = parts.remove(random.nextInt(parts.size()));
      StatisticsEstimate other = parts.remove(random.nextInt(parts.size()));
      parts.add(one.merge(other));
    }
    return parts.getFirst();
  }

  private static void assertSame(StatisticsEstimate one, StatisticsEstimate other, int seed) {
    if (one instanceof PooledEstimate pooled) {
      assertThat(other).as("seed %d", seed).isEqualTo(pooled);
    }
    assertThat(other.statistics()).as("seed %d", seed).isEqualTo(one.statistics());
  }

  @Test
  void isTheMeanAndTheVarianceOfAllValuesInManyDigits() {
    Random random = new Random(7);
    List<float[]> parts = new ArrayList<>();
    StatisticsEstimate estimate = empty(Estimator.POOLED);
    for (int i = 0; i < 6; i++) {
      float[] values = values(random, 40, i);
      parts.add(values);
      estimate = estimate.merge(empty(Estimator.POOLED).add(moments(values)));
    }
    for (int c = 0; c < CHANNELS; c++) {
      List<BigDecimal> all = new ArrayList<>();
      for (float[] part : parts) {
        for (int row = 0; row < part.length / CHANNELS; row++) {
          all.add(new BigDecimal(part[row * CHANNELS + c]));
        }
      }
      BigDecimal n = BigDecimal.valueOf(all.size());
      BigDecimal mean = all.stream().reduce(BigDecimal.ZERO, BigDecimal::add).divide(n, DIGITS);
      BigDecimal squares =
          all.stream()
              .map(value -> value.subtract(mean).pow(2))
              .reduce(BigDecimal.ZERO, BigDecimal::add);
      double variance = squares.divide(n.subtract(BigDecimal.ONE), DIGITS).doubleValue();
      assertClose(estimate.statistics().mean()[c], mean.doubleValue());
      assertClose(estimate.statistics().variance()[c], variance);
    }
  }

  private static void assertClose(float actual, double expected) {
    assertThat(Math.abs(actual - expected)).isLessThanOrEqualTo(1e-6 * Math.abs(expected));
  }

  /** In doubles the order of Chan's merges shows in the last bits, as this test makes sure. */
  @Test
  void isExactWhereMergingInDoublesIsNot() {
    boolean differs = false;
    for (int seed = 0; seed < 20; seed++) {
      List<ChannelMoments> batches = batches(new Random(seed), 3);
      ChannelMoments forth = batches.get(0).merge(batches.get(1)).merge(batches.get(2));
      ChannelMoments back = batches.get(2).merge(batches.get(1)).merge(batches.get(0));
      differs |= !forth.equals(back);
    }
    assertThat(differs).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void isOneBatchAsItStands(Estimator estimator) {
    ChannelMoments batch = batches(new Random(3), 1).getFirst();
    StatisticsEstimate estimate = empty(estimator).add(batch);
    double[] variance = batch.unbiasedVariance();
    for (int c = 0; c < CHANNELS; c++) {
      assertThat(estimate.statistics().mean()[c]).isEqualTo((float) batch.mean()[c]);
      assertThat(estimate.statistics().variance()[c]).isEqualTo((float) variance[c]);
    }
  }

  @Test
  void takesMeansWhoseSquaresNoDoubleHolds() {
    ChannelMoments tiny =
        new ChannelMoments(3, new double[] {0x1p-1063, 3e-200}, new double[] {Double.MIN_VALUE, 0});
    ChannelMoments huge =
        new ChannelMoments(7, new double[] {0x1p100, -1e-10}, new double[] {1, 5});
    StatisticsEstimate none = Estimator.POOLED.empty(2, CONVENTION);
    StatisticsEstimate forth = none.add(tiny).add(huge).add(tiny);
    assertThat(forth).isEqualTo(none.add(huge).merge(none.add(tiny).add(tiny)));
    assertThat(((PooledEstimate) forth).moments().mean()[0]).isEqualTo(7 * 0x1p100 / 13);
  }

  @Test
  void refusesSumsThatAreNotFinite() {
    ChannelMoments large =
        new ChannelMoments(2, new double[] {1e300}, new double[] {Double.MAX_VALUE});
    StatisticsEstimate estimate = Estimator.POOLED.empty(1, CONVENTION).add(large);
    assertThatThrownBy(() -> estimate.add(large)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesRemaindersThatMakeAVarianceNegative() {
    PooledEstimate none = (PooledEstimate) Estimator.POOLED.empty(1, CONVENTION);
    PooledEstimate negative =
        new PooledEstimate(
            new ChannelMoments(4, new double[] {1}, new double[] {1}),
            Remainder.NONE,
            new Remainder(new double[][] {{-2}}),
            CONVENTION);
    assertThatThrownBy(() -> none.merge(negative))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must not be negative");
  }

  @Test
  void doesNotMergeWhatIsEstimatedInAnotherWay() {
    StatisticsEstimate pooled = empty(Estimator.POOLED);
    StatisticsEstimate means = empty(Estimator.MEAN_OF_BATCHES);
    assertThatThrownBy(() -> pooled.merge(means)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> means.merge(pooled)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            means.merge(Estimator.MEAN_OF_BATCHES.empty(CHANNELS, VarianceConvention.POPULATION)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static StatisticsEstimate empty(Estimator estimator) {
    return estimator.empty(CHANNELS, CONVENTION);
  }

  private static List<ChannelMoments> batches(Random random, int count) {
    List<ChannelMoments> batches = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      batches.add(moments(values(random, 2 + random.nextInt(30), i)));
    }
    return batches;
  }

  /** Channels of all sizes, some far from 0. */
  private static float[] values(Random random, int rows, int shift) {
    float[] values = new float[rows * CHANNELS];
    for (int i = 0; i < values.length; i++) {
      int c = i % CHANNELS;
      values[i] = (float) (Math.pow(1e3, c - 2) * (random.nextGaussian() + c * c * (1 + shift)));
    }
    return values;
  }

  private static ChannelMoments moments(float[] values) {
    return ChannelMoments.of(Tensor.of(Shape.of(values.length / CHANNELS, CHANNELS), values), 1);
  }
}
