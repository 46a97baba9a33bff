package io.norma.kernel.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GaussianDistanceTest {
  @Test
  void isZeroForEqualDistributions() {
    assertThat(GaussianDistance.symmetricKullbackLeibler(3, 0.25, 3, 0.25)).isZero();
    assertThat(GaussianDistance.squaredWasserstein2(3, 0.25, 3, 0.25)).isZero();
    assertThat(GaussianDistance.standardizedShift(3, 0.25, 3)).isZero();
  }

  /** KL(P‖Q) = ∫ p·ln(p/q): by Simpson's rule over ±12 standard deviations. */
  @ParameterizedTest
  @CsvSource({"0, 1, 1, 1", "0, 1, 0, 4", "-2, 0.3, 1.5, 0.7", "10, 2, 10.1, 1.9"})
  void symmetricKullbackLeiblerIsTheIntegral(
      double meanP, double varianceP, double meanQ, double varianceQ) {
    double integral =
        divergence(meanP, varianceP, meanQ, varianceQ)
            + divergence(meanQ, varianceQ, meanP, varianceP);
    assertThat(GaussianDistance.symmetricKullbackLeibler(meanP, varianceP, meanQ, varianceQ))
        .isCloseTo(integral, within(1e-8 * (1 + integral)));
  }

  /** W₂² = ∫₀¹ (F_P⁻¹(u) − F_Q⁻¹(u))² du, with the quantiles μ + σ·z of z ~ N(0, 1). */
  @ParameterizedTest
  @CsvSource({"0, 1, 1, 1", "0, 1, 0, 4", "-2, 0.3, 1.5, 0.7", "10, 2, 10.1, 1.9"})
  void wasserstein2IsTheIntegralOverQuantiles(
      double meanP, double varianceP, double meanQ, double varianceQ) {
    double integral =
        simpson(
            -12,
            12,
            z -> {
              double between =
                  meanP + Math.sqrt(varianceP) * z - (meanQ + Math.sqrt(varianceQ) * z);
              return between * between * density(z, 0, 1);
            });
    assertThat(GaussianDistance.squaredWasserstein2(meanP, varianceP, meanQ, varianceQ))
        .isCloseTo(integral, within(1e-8 * (1 + integral)));
  }

  @Test
  void keepsSmallDivergences() {
    // With σ_Q² = σ_P²·(1 + d): J = d²/(2·(1 + d)).
    double d = 1e-9;
    assertThat(GaussianDistance.symmetricKullbackLeibler(0, 1, 0, 1 + d))
        .isCloseTo(d * d / 2, within(1e-6 * d * d));
  }

  private static double divergence(double meanP, double varianceP, double meanQ, double varianceQ) {
    double deviation = Math.sqrt(varianceP);
    return simpson(
        meanP - 12 * deviation,
        meanP + 12 * deviation,
        x ->
            density(x, meanP, varianceP)
                * (logDensity(x, meanP, varianceP) - logDensity(x, meanQ, varianceQ)));
  }

  private static double density(double x, double mean, double variance) {
    return Math.exp(logDensity(x, mean, variance));
  }

  private static double logDensity(double x, double mean, double variance) {
    double difference = x - mean;
    return -0.5 * (Math.log(2 * Math.PI * variance) + difference * difference / variance);
  }

  private static double simpson(double from, double to, DoubleUnaryOperator function) {
    int intervals = 20_000;
    double width = (to - from) / intervals;
    double sum = function.applyAsDouble(from) + function.applyAsDouble(to);
    for (int i = 1; i < intervals; i++) {
      sum += (i % 2 == 1 ? 4 : 2) * function.applyAsDouble(from + i * width);
    }
    return sum * width / 3;
  }
}
