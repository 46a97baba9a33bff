package io.norma.kernel.layer.support;

/** How values between the positions of a tensor are found. */
public enum Interpolation {
  NEAREST,
  LINEAR,
  /** Cubic convolution: Keys 1981, equation 4. */
  CUBIC;

  /** The weight of a neighbour at a distance, with the coefficient a of the cubic kernel. */
  public double weight(double distance, double a) {
    double d = Math.abs(distance);
    return switch (this) {
      case NEAREST -> throw new IllegalStateException("nearest takes one neighbour");
      case LINEAR -> Math.max(0, 1 - d);
      case CUBIC -> {
        if (d <= 1) {
          yield ((a + 2) * d - (a + 3)) * d * d + 1;
        }
        yield d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
      }
    };
  }

  /** How far the kernel reaches on each side. */
  public int radius() {
    return this == CUBIC ? 2 : 1;
  }
}
