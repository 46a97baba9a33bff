package io.norma.kernel.compute.moments;

import io.norma.kernel.compute.Simd;
import io.norma.kernel.tensor.ChannelLayout;

/**
 * {@code y = (x − center)·scale + shift} over floats. The center is the float nearest to a mean,
 * and what it lacks is part of the shift: a mean of 1e4 over a standard deviation of 1e-2 keeps all
 * digits that x has.
 */
public sealed interface CenteredAffineLoops
    permits ScalarCenteredAffineLoops, SimdCenteredAffineLoops {
  /** The twin for this machine. */
  static CenteredAffineLoops get() {
    final class Holder {
      static final CenteredAffineLoops INSTANCE =
          Simd.choose(() -> new SimdCenteredAffineLoops(), () -> new ScalarCenteredAffineLoops());

      private Holder() {}
    }
    return Holder.INSTANCE;
  }

  /**
   * Channels whose values stand together in runs, in the order of memory.
   *
   * @param vectors center, scale and shift, each per channel
   */
  void runs(
      float[] x, int xOffset, float[] y, int yOffset, ChannelLayout layout, float[][] vectors);

  /**
   * All rows of a matrix whose columns are channels.
   *
   * @param stride elements from one row to the next
   * @param vectors center, scale and shift, each of as many columns or more
   */
  void columns(
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      int rows,
      int stride,
      int columns,
      float[][] vectors);
}
