package io.norma.kernel.compute.moments;

import io.norma.kernel.compute.Simd;
import io.norma.kernel.tensor.ChannelLayout;

/**
 * The two passes of a normalization's gradient over floats: the sums {@code Σ dy} and {@code Σ
 * dy·(x − center)}, and {@code dx = factor·dy + (slope·(x − center) + shift)}. The center is the
 * float nearest to a mean.
 */
public sealed interface GradientLoops permits ScalarGradientLoops, SimdGradientLoops {
  /** Values of a run whose sums may stay in float: beyond, rounding would show. */
  int BLOCK = 4096;

  /** Rows whose sums may stay in float. */
  int ROWS = 32;

  /** The twin for this machine. */
  static GradientLoops get() {
    final class Holder {
      static final GradientLoops INSTANCE =
          Simd.choose(() -> new SimdGradientLoops(), () -> new ScalarGradientLoops());

      private Holder() {}
    }
    return Holder.INSTANCE;
  }

  /**
   * Adds the sums of channels whose values stand together in runs to both arrays, in the order of
   * memory.
   *
   * @param center per channel
   */
  void runSums(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      ChannelLayout layout,
      float[] center,
      double[] gradient,
      double[] product);

  /**
   * Adds the sums of the columns of a matrix to both arrays.
   *
   * @param center of as many columns or more
   */
  void columnSums(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      int rows,
      int stride,
      int columns,
      float[] center,
      double[] gradient,
      double[] product);

  /**
   * Writes dx of channels whose values stand together in runs.
   *
   * @param vectors center, factor, slope and shift, each per channel
   */
  void runGradient(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      float[] dx,
      int dxOffset,
      ChannelLayout layout,
      float[][] vectors);

  /**
   * Writes dx of a matrix whose columns are channels.
   *
   * @param vectors center, factor, slope and shift, each of as many columns or more
   */
  void columnGradient(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      float[] dx,
      int dxOffset,
      int rows,
      int stride,
      int columns,
      float[][] vectors);
}
