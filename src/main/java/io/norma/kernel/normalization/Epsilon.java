package io.norma.kernel.normalization;

/** The one rule for ε. */
final class Epsilon {
  private Epsilon() {}

  static void require(double epsilon) {
    if (!(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("epsilon must be finite and above 0, but is " + epsilon);
    }
  }
}
