package io.norma.kernel.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BlendMethodTest {
  @Test
  void priorCountsForAsManyRows() {
    assertThat(BlendMethod.priorWeight(16, 48)).isEqualTo(0.25);
    assertThat(BlendMethod.priorWeight(0, 8)).isZero();
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, Double.NaN, Double.POSITIVE_INFINITY})
  void rejectsPriorCountThatIsNoCount(double priorCount) {
    assertThatThrownBy(() -> BlendMethod.priorWeight(priorCount, 8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("prior_count")
        .hasMessageContaining(String.valueOf(priorCount));
  }

  @ParameterizedTest
  @EnumSource
  void endsAtThePriorAndAtTheBatch(BlendMethod method) {
    assertThat(method.mean(1, 2, 5)).isEqualTo(2);
    assertThat(method.variance(1, 2, 0.5, 5, 3)).isEqualTo(0.5);
    assertThat(method.mean(0, 2, 5)).isEqualTo(5);
    assertThat(method.variance(0, 2, 0.5, 5, 3)).isEqualTo(3);
  }

  @Test
  void linearHasNoTermBetweenTheMeans() {
    assertThat(BlendMethod.LINEAR.variance(0.25, 2, 0.5, 5, 3)).isEqualTo(0.25 * 0.5 + 0.75 * 3);
  }

  @Test
  void mixtureIsTheVarianceOfTheValuesTogether() {
    double[] prior = {1, 2, 6};
    double[] batch = {-4, 0, 3, 5, 11, 2};
    double[] together = {1, 2, 6, -4, 0, 3, 5, 11, 2};
    double weight = prior.length / (double) together.length;

    double mean = BlendMethod.MIXTURE.mean(weight, mean(prior), mean(batch));
    double variance =
        BlendMethod.MIXTURE.variance(
            weight, mean(prior), variance(prior), mean(batch), variance(batch));

    assertThat(mean).isCloseTo(mean(together), within(1e-12));
    assertThat(variance).isCloseTo(variance(together), within(1e-12));
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double variance(double[] values) {
    double mean = mean(values);
    double sum = 0;
    for (double value : values) {
      sum += (value - mean) * (value - mean);
    }
    return sum / values.length;
  }
}
