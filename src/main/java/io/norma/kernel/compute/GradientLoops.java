package io.norma.kernel.compute;

/**
 * The two passes of a normalization's gradient over floats, with {@code x̂ = ((x − high) −
 * low)·inverse}: the sums {@code Σ dy} and {@code Σ dy·x̂}, and {@code dx = factor·dy − (slope·x̂ +
 * shift)}..
 */
abstract sealed class GradientLoops permits ScalarGradientLoops, SimdGradientLoops {
  /** Values whose sums may stay in float: beyond, rounding would show. */
  static final int BLOCK = 4096;

  /** Rows whose sums may stay in float. */
  static final int ROWS = 64;

  /** The twin for this machine. */
  static GradientLoops get() {
    final class Holder {
      static final GradientLoops INSTANCE =
          Simd.choose(SimdGradientLoops::new, ScalarGradientLoops::new);

      private Holder() {}
    }
    return Holder.INSTANCE;
  }

  /** Adds the sums of one channel's run of values to index c of both arrays. */
  final void channelSums(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      int length,
      float high,
      float low,
      float inverse,
      double[] gradient,
      double[] product,
      int c) {
    for (int i = 0; i < length; i += BLOCK) {
      int block = Math.min(BLOCK, length - i);
      blockSums(dy, dyOffset + i, x, xOffset + i, block, high, low, inverse, gradient, product, c);
    }
  }

  /**
   * Adds the sums of the columns of a matrix to both arrays.
   *
   * @param vectors high, low and inverse, each per column
   */
  final void columnSums(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      int rows,
      int stride,
      float[][] vectors,
      double[] gradient,
      double[] product) {
    for (int r = 0; r < rows; r += ROWS) {
      int block = Math.min(ROWS, rows - r);
      int row = r * stride;
      columnBlockSums(
          dy, dyOffset + row, x, xOffset + row, block, stride, vectors, gradient, product);
    }
  }

  abstract void blockSums(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      int length,
      float high,
      float low,
      float inverse,
      double[] gradient,
      double[] product,
      int c);

  abstract void columnBlockSums(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      int rows,
      int stride,
      float[][] vectors,
      double[] gradient,
      double[] product);

  /**
   * Writes dx of one channel's run of values.
   *
   * @param k high, low, inverse, factor, shift, slope
   */
  abstract void channelGradient(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      float[] dx,
      int dxOffset,
      int length,
      float[] k);

  /**
   * Writes dx of a matrix whose columns are channels.
   *
   * @param vectors high, low, inverse, factor, shift and slope, each per column
   */
  abstract void columnGradient(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      float[] dx,
      int dxOffset,
      int rows,
      int stride,
      float[][] vectors);
}
