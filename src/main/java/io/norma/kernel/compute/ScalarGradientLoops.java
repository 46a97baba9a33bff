package io.norma.kernel.compute;

/** Scalar twin of {@link SimdGradientLoops}. */
final class ScalarGradientLoops extends GradientLoops {
  @Override
  void blockSums(
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
    double sum = 0;
    double products = 0;
    for (int i = 0; i < length; i++) {
      sum += dy[dyOffset + i];
      products += dy[dyOffset + i] * (((x[xOffset + i] - high) - low) * inverse);
    }
    gradient[c] += sum;
    product[c] += products;
  }

  @Override
  void columnBlockSums(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      int rows,
      int stride,
      float[][] vectors,
      double[] gradient,
      double[] product) {
    for (int c = 0; c < vectors[0].length; c++) {
      columnSums(dy, dyOffset, x, xOffset, rows, stride, vectors, gradient, product, c);
    }
  }

  static void columnSums(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      int rows,
      int stride,
      float[][] vectors,
      double[] gradient,
      double[] product,
      int c) {
    float high = vectors[0][c];
    float low = vectors[1][c];
    float inverse = vectors[2][c];
    double sum = 0;
    double products = 0;
    for (int r = 0, i = c; r < rows; r++, i += stride) {
      sum += dy[dyOffset + i];
      products += dy[dyOffset + i] * (((x[xOffset + i] - high) - low) * inverse);
    }
    gradient[c] += sum;
    product[c] += products;
  }

  @Override
  void channelGradient(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      float[] dx,
      int dxOffset,
      int length,
      float[] k) {
    for (int i = 0; i < length; i++) {
      dx[dxOffset + i] =
          gradient(dy[dyOffset + i], x[xOffset + i], k[0], k[1], k[2], k[3], k[4], k[5]);
    }
  }

  @Override
  void columnGradient(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      float[] dx,
      int dxOffset,
      int rows,
      int stride,
      float[][] vectors) {
    for (int r = 0; r < rows; r++) {
      int row = r * stride;
      rowGradient(dy, dyOffset + row, x, xOffset + row, dx, dxOffset + row, vectors, 0);
    }
  }

  static void rowGradient(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      float[] dx,
      int dxOffset,
      float[][] k,
      int from) {
    for (int c = from; c < k[0].length; c++) {
      dx[dxOffset + c] =
          gradient(
              dy[dyOffset + c],
              x[xOffset + c],
              k[0][c],
              k[1][c],
              k[2][c],
              k[3][c],
              k[4][c],
              k[5][c]);
    }
  }

  static float gradient(
      float dy,
      float x,
      float high,
      float low,
      float inverse,
      float factor,
      float shift,
      float slope) {
    float normalized = ((x - high) - low) * inverse;
    return Math.fma(dy, factor, -Math.fma(normalized, slope, shift));
  }
}
