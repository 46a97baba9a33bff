package io.norma.kernel.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SplitHalvesTest {
  private static final double EPSILON = 1e-5;

  @Test
  void takesEveryOtherRowOverTheBatches() {
    // Rows 1, 2 and 3, then 4 and 5: the first half has 1, 3 and 5.
    SplitHalves halves =
        SplitHalves.empty(1)
            .add(Tensor.of(Shape.of(3, 1), 1f, 2, 3), 0)
            .add(Tensor.of(Shape.of(2, 1), 4f, 5), 3);
    assertThat(halves.first().count()).isEqualTo(3);
    assertThat(halves.first().mean()[0]).isEqualTo(3);
    assertThat(halves.first().sumOfSquaredDeviations()[0]).isCloseTo(8, within(1e-12));
    assertThat(halves.second().mean()[0]).isEqualTo(3);
    assertThat(halves.second().sumOfSquaredDeviations()[0]).isCloseTo(2, within(1e-12));
    assertThat(halves.count()).isEqualTo(5);
  }

  @Test
  void isTheDivergenceOfBothNormals() {
    // N(1, 2) and N(2, 8), unbiased: KL both ways is (v₁/v₂ + v₂/v₁ + δ²(1/v₁ + 1/v₂) − 2)/2.
    SplitHalves halves = SplitHalves.empty(1).add(Tensor.of(Shape.of(4, 1), 0f, 0, 2, 4), 0);
    double first = 2 + EPSILON;
    double second = 8 + EPSILON;
    double expected = (first / second + second / first + 1 / first + 1 / second - 2) / 2;
    assertThat(halves.distance(VarianceConvention.UNBIASED, EPSILON))
        .isCloseTo(expected, within(1e-6));
  }

  @Test
  void claimsNothingOfHalvesWithoutVariance() {
    SplitHalves halves = SplitHalves.empty(1).add(Tensor.of(Shape.of(3, 1), 1f, 2, 3), 0);
    assertThat(halves.haveVariances()).isFalse();
    assertThat(halves.distance(VarianceConvention.UNBIASED, EPSILON)).isNaN();
  }

  @Test
  void isLessTheMoreRowsThereAre() {
    assertThat(distance(16)).isGreaterThan(4 * distance(1024));
  }

  private static double distance(int rows) {
    Random random = new Random(1);
    float[] values = new float[rows * 32];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return SplitHalves.empty(32)
        .add(Tensor.of(Shape.of(rows, 32), values), 0)
        .distance(VarianceConvention.UNBIASED, EPSILON);
  }
}
