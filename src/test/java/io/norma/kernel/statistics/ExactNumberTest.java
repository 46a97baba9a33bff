package io.norma.kernel.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ExactNumberTest {
  @ParameterizedTest
  @ValueSource(
      doubles = {
        0,
        1,
        -3,
        0.1,
        Math.PI,
        1e300,
        Double.MAX_VALUE,
        -Double.MAX_VALUE,
        Double.MIN_VALUE,
        Double.MIN_NORMAL,
        0x0.fffffffffffffp-1022
      })
  void isTheDoubleThatItIsMadeOf(double value) {
    assertThat(ExactNumber.of(value).toDouble()).isEqualTo(value);
  }

  @Test
  void addsAndMultipliesWithoutRounding() {
    Random random = new Random(1);
    for (int i = 0; i < 2_000; i++) {
      double a = any(random);
      double b = any(random);
      long n = 1L + random.nextInt(1_000_000);
      ExactNumber exact = ExactNumber.of(a).times(ExactNumber.of(b)).minus(ExactNumber.of(b));
      BigDecimal truth = new BigDecimal(a).multiply(new BigDecimal(b)).subtract(new BigDecimal(b));
      assertThat(exact.times(n).toDouble())
          .as("(%s·%s − %s)·%d", a, b, b, n)
          .isEqualTo(truth.multiply(BigDecimal.valueOf(n)).doubleValue());
      assertThat(exact.dividedBy(n))
          .as("(%s·%s − %s)/%d", a, b, b, n)
          .isEqualTo(truth.divide(BigDecimal.valueOf(n), new MathContext(1_500)).doubleValue());
    }
  }

  /** Their sum, in doubles, is 0. */
  @Test
  void losesNothingBesideALargerNumber() {
    ExactNumber sum =
        ExactNumber.of(1e300).plus(ExactNumber.of(1e-300)).minus(ExactNumber.of(1e300));
    assertThat(sum.toDouble()).isEqualTo(1e-300);
  }

  @Test
  void roundsTiesToEven() {
    ExactNumber half = ExactNumber.of(0x1p-53);
    assertThat(ExactNumber.of(1).plus(half).toDouble()).isEqualTo(1);
    assertThat(ExactNumber.of(Math.nextUp(1.0)).plus(half).toDouble()).isEqualTo(1 + 0x1p-51);
    assertThat(ExactNumber.of(1).plus(half).plus(ExactNumber.of(0x1p-900)).toDouble())
        .isEqualTo(Math.nextUp(1.0));
  }

  @Test
  void refusesWhatIsNotFinite() {
    assertThatThrownBy(() -> ExactNumber.of(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NaN");
  }

  private static double any(Random random) {
    return Math.scalb(random.nextGaussian(), random.nextInt(200) - 100);
  }
}
