package io.norma.kernel.compute;

/**
 * {@code y = ((x − high) − low)·scale + shift} over floats, where {@code high + low} is a mean in
 * twice a float's precision: a mean of 1e4 over a standard deviation of 1e-2 keeps all digits that
 * x has.
 */
sealed interface CenteredAffineLoops permits ScalarCenteredAffineLoops, SimdCenteredAffineLoops {
  /** The twin for this machine. */
  static CenteredAffineLoops get() {
    final class Holder {
      static final CenteredAffineLoops INSTANCE =
          Simd.choose(SimdCenteredAffineLoops::new, ScalarCenteredAffineLoops::new);

      private Holder() {}
    }
    return Holder.INSTANCE;
  }

  /** One channel whose values stand together. */
  void channel(
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      int length,
      float high,
      float low,
      float scale,
      float shift);

  /**
   * All rows of a matrix whose columns are channels.
   *
   * @param stride elements from one row to the next
   * @param vectors high, low, scale and shift, each per column
   */
  void columns(
      float[] x, int xOffset, float[] y, int yOffset, int rows, int stride, float[][] vectors);
}
