package io.norma.kernel.compute.elementwise;

/**
 * {@code erf x = 2/√π · ∫₀ˣ e^(−t²) dt} in double.
 *
 * <p>{@code |x| < 3}: the series {@code 2/√π · e^(−x²) · Σ 2ⁿx²ⁿ⁺¹/(2n+1)!!}, all of one sign
 * (Abramowitz and Stegun 7.1.6). Beyond: {@code 1 − erfc x}, erfc by its continued fraction
 * (7.1.14).
 */
public final class ErrorFunction {
  private static final double SERIES_LIMIT = 3;
  private static final int FRACTION_TERMS = 60;

  private ErrorFunction() {}

  /** erf x; NaN for NaN. */
  public static double erf(double x) {
    double magnitude = Math.abs(x);
    if (Double.isNaN(x)) {
      return x;
    }
    if (magnitude >= SERIES_LIMIT) {
      return Math.copySign(1 - tail(magnitude), x);
    }
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }

  private static double tail(double x) {
    if (Double.isInfinite(x)) {
      return 0;
    }
    double fraction = x;
    for (int n = FRACTION_TERMS; n > 0; n--) {
      fraction = x + n / 2.0 / fraction;
    }
    return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
  }
}
