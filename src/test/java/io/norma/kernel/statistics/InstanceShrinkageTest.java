package io.norma.kernel.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class InstanceShrinkageTest {
  private static final InstanceShrinkage FOUR = new InstanceShrinkage(4);

  @Test
  void keepsWhatDiffersByLessThanItsStandardErrors() {
    // σ/√L = 3/8, σ²·√(2/(L−1)) = 9·√(2/63).
    assertThat(FOUR.mean(1, 9, 1 + 4 * 0.375 - 1e-9, 64)).isEqualTo(1);
    assertThat(FOUR.variance(9, 9 - 4 * 9 * Math.sqrt(2 / 63.0) + 1e-9, 64)).isEqualTo(9);
  }

  @Test
  void goesAsFarAsWhatIsBeyondThem() {
    assertThat(FOUR.mean(1, 9, 7, 64)).isCloseTo(7 - 4 * 0.375, within(1e-12));
    assertThat(FOUR.mean(1, 9, -5, 64)).isCloseTo(-5 + 4 * 0.375, within(1e-12));
    double four = 4 * 9 * Math.sqrt(2 / 63.0);
    assertThat(FOUR.variance(9, 50, 64)).isCloseTo(50 - four, within(1e-12));
    assertThat(FOUR.variance(9, 0.5, 64)).isCloseTo(0.5 + four, within(1e-12));
  }

  @Test
  void isTheRowsOwnAtZero() {
    InstanceShrinkage none = new InstanceShrinkage(0);
    assertThat(none.mean(1, 9, 1.25, 64)).isEqualTo(1.25);
    assertThat(none.variance(9, 8.5, 64)).isEqualTo(8.5);
  }

  @Test
  void isNeverNegativeAndKeepsNaN() {
    assertThat(FOUR.variance(0, 0, 2)).isZero();
    assertThat(new InstanceShrinkage(0.01).variance(9, 0, 1000)).isPositive();
    assertThat(FOUR.mean(1, 9, Double.NaN, 64)).isNaN();
    assertThat(FOUR.variance(9, Double.NaN, 64)).isNaN();
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.5, Double.NaN, Double.POSITIVE_INFINITY})
  void rejectsWhatIsNoNumberOfStandardErrors(double k) {
    assertThatThrownBy(() -> new InstanceShrinkage(k))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("k must be finite and not negative")
        .hasMessageContaining(String.valueOf(k));
  }
}
