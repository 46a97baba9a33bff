package io.norma.kernel.compute;

/**
 * {@code y = scale·x + shift} over runs of floats: what a frozen batch normalization comes down to.
 */
public sealed interface AffineLoops permits ScalarAffineLoops, SimdAffineLoops {
  /** The twin for this machine. */
  static AffineLoops get() {
    final class Holder {
      static final AffineLoops INSTANCE =
          Simd.choose(() -> new SimdAffineLoops(), () -> new ScalarAffineLoops());

      private Holder() {}
    }
    return Holder.INSTANCE;
  }

  /**
   * One channel whose values stand together: {@code y[i] = fma(scale, x[i], shift)}. x and y may be
   * the same array at the same offset.
   */
  void channel(
      float[] x, int xOffset, float[] y, int yOffset, int length, float scale, float shift);

  /**
   * One position of all channels: {@code y[c] = fma(scale[c], x[c], shift[c])}. x and y may be the
   * same array at the same offset.
   */
  void channels(float[] x, int xOffset, float[] y, int yOffset, float[] scale, float[] shift);
}
