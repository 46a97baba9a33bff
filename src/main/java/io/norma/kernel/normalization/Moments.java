package io.norma.kernel.normalization;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;

/**
 * Mean and population variance of neighbouring elements: {@code μ = Σ x / n}, {@code σ² = Σ (x −
 * μ)² / n}, in two passes and in double, so that nothing cancels.
 */
record Moments(double mean, double variance) {
  /** The moments of {@code length} elements of x, FP32 or FP64, from element {@code from} on. */
  static Moments of(Tensor x, int from, int length) {
    return x.dataType() == DataType.FP64
        ? of(x.doubles(), x.offset() + from, length)
        : of(x.floats(), x.offset() + from, length);
  }

  private static Moments of(float[] x, int offset, int length) {
    double sum = 0;
    for (int i = 0; i < length; i++) {
      sum += x[offset + i];
    }
    double mean = sum / length;
    double squares = 0;
    for (int i = 0; i < length; i++) {
      double deviation = x[offset + i] - mean;
      squares += deviation * deviation;
    }
    return new Moments(mean, squares / length);
  }

  private static Moments of(double[] x, int offset, int length) {
    double sum = 0;
    for (int i = 0; i < length; i++) {
      sum += x[offset + i];
    }
    double mean = sum / length;
    double squares = 0;
    for (int i = 0; i < length; i++) {
      double deviation = x[offset + i] - mean;
      squares += deviation * deviation;
    }
    return new Moments(mean, squares / length);
  }

  /** {@code 1 / √(σ² + ε)}. */
  double inverseDeviation(double epsilon) {
    return 1 / Math.sqrt(variance + epsilon);
  }

  /** {@code y = (x − mean)·factor + shift} for neighbouring elements. */
  static void standardize(
      Tensor x, Tensor y, int from, int length, double mean, double factor, double shift) {
    int source = x.offset() + from;
    int target = y.offset() + from;
    if (x.dataType() == DataType.FP64) {
      double[] values = x.doubles();
      double[] results = y.doubles();
      for (int i = 0; i < length; i++) {
        results[target + i] = (values[source + i] - mean) * factor + shift;
      }
    } else {
      float[] values = x.floats();
      float[] results = y.floats();
      for (int i = 0; i < length; i++) {
        results[target + i] = (float) ((values[source + i] - mean) * factor + shift);
      }
    }
  }

  /**
   * Requires a usable ε.
   *
   * @throws IllegalArgumentException if it is negative or not finite
   */
  static void requireEpsilon(double epsilon) {
    if (!(epsilon >= 0) || Double.isInfinite(epsilon)) {
      throw new IllegalArgumentException("epsilon must be finite and ≥ 0, got " + epsilon);
    }
  }
}
