package io.norma.kernel.compute.moments;

import io.norma.kernel.compute.MultiplyAdd;
import io.norma.kernel.tensor.ChannelLayout;

/** Scalar twin of {@link SimdGradientLoops}. */
public record ScalarGradientLoops() implements GradientLoops {
  @Override
  public void runSums(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      ChannelLayout layout,
      float[] center,
      double[] gradient,
      double[] product) {
    for (int c = 0; c < layout.channels(); c++) {
      for (int o = 0; o < layout.outer(); o++) {
        int run = o * layout.stride() + c * layout.inner();
        for (int i = run; i < run + layout.inner(); i++) {
          gradient[c] += dy[dyOffset + i];
          product[c] += dy[dyOffset + i] * (x[xOffset + i] - center[c]);
        }
      }
    }
  }

  @Override
  public void columnSums(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      int rows,
      int stride,
      int columns,
      float[] center,
      double[] gradient,
      double[] product) {
    for (int r = 0; r < rows; r++) {
      int row = r * stride;
      rowSums(dy, dyOffset + row, x, xOffset + row, 0, columns, center, gradient, product);
    }
  }

  /** Columns {@code from} to {@code columns} of one row. */
  static void rowSums(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      int from,
      int columns,
      float[] center,
      double[] gradient,
      double[] product) {
    for (int c = from; c < columns; c++) {
      gradient[c] += dy[dyOffset + c];
      product[c] += dy[dyOffset + c] * (x[xOffset + c] - center[c]);
    }
  }

  @Override
  public void runGradient(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      float[] dx,
      int dxOffset,
      ChannelLayout layout,
      float[][] vectors) {
    for (int o = 0; o < layout.outer(); o++) {
      for (int c = 0; c < layout.channels(); c++) {
        int run = o * layout.stride() + c * layout.inner();
        for (int i = run; i < run + layout.inner(); i++) {
          dx[dxOffset + i] = gradient(dy[dyOffset + i], x[xOffset + i], vectors, c);
        }
      }
    }
  }

  @Override
  public void columnGradient(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      float[] dx,
      int dxOffset,
      int rows,
      int stride,
      int columns,
      float[][] vectors) {
    for (int r = 0; r < rows; r++) {
      int row = r * stride;
      rowGradient(dy, dyOffset + row, x, xOffset + row, dx, dxOffset + row, 0, columns, vectors);
    }
  }

  /** Columns {@code from} to {@code columns} of one row. */
  static void rowGradient(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      float[] dx,
      int dxOffset,
      int from,
      int columns,
      float[][] vectors) {
    for (int c = from; c < columns; c++) {
      dx[dxOffset + c] = gradient(dy[dyOffset + c], x[xOffset + c], vectors, c);
    }
  }

  private static float gradient(float dy, float x, float[][] vectors, int c) {
    return MultiplyAdd.of(
        dy, vectors[1][c], MultiplyAdd.of(x - vectors[0][c], vectors[2][c], vectors[3][c]));
  }
}
