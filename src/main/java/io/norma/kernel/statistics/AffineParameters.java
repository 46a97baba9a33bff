package io.norma.kernel.statistics;

import java.util.Arrays;

/**
 * What a batch normalization does behind standardizing, per channel: {@code y = γ·x̂ + β}. Both
 * have length C. The arrays are not copied; do not write to them.
 */
public record AffineParameters(float[] gamma, float[] beta) {
  /**
   * @throws IllegalArgumentException if the lengths differ or a value is not finite
   */
  public AffineParameters {
    if (gamma.length != beta.length) {
      throw new IllegalArgumentException(
          "gamma has %d channels, beta has %d".formatted(gamma.length, beta.length));
    }
    requireFinite("gamma", gamma);
    requireFinite("beta", beta);
  }

  private static void requireFinite(String name, float[] values) {
    for (int c = 0; c < values.length; c++) {
      if (!Float.isFinite(values[c])) {
        throw new IllegalArgumentException(
            "%s of channel %d must be finite, but is %s".formatted(name, c, values[c]));
      }
    }
  }

  /** C. */
  public int channels() {
    return gamma.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AffineParameters parameters
        && Arrays.equals(gamma, parameters.gamma)
        && Arrays.equals(beta, parameters.beta);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(gamma) + Arrays.hashCode(beta);
  }

  @Override
  public String toString() {
    return "AffineParameters[channels=" + channels() + "]";
  }
}
