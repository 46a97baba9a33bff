package io.norma.kernel.compute.moments;

import io.norma.kernel.compute.MultiplyAdd;
import io.norma.kernel.tensor.ChannelLayout;

/** Scalar twin; the same operations as in the SIMD one, so that both give the same bits. */
public record ScalarCenteredAffineLoops() implements CenteredAffineLoops {
  @Override
  public void runs(
      float[] x, int xOffset, float[] y, int yOffset, ChannelLayout layout, float[][] vectors) {
    for (int o = 0; o < layout.outer(); o++) {
      for (int c = 0; c < layout.channels(); c++) {
        int run = o * layout.stride() + c * layout.inner();
        for (int i = run; i < run + layout.inner(); i++) {
          y[yOffset + i] =
              MultiplyAdd.of(x[xOffset + i] - vectors[0][c], vectors[1][c], vectors[2][c]);
        }
      }
    }
  }

  @Override
  public void columns(
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      int rows,
      int stride,
      int columns,
      float[][] vectors) {
    for (int r = 0; r < rows; r++) {
      row(x, xOffset + r * stride, y, yOffset + r * stride, 0, columns, vectors);
    }
  }

  /** Columns {@code from} to {@code columns} of one row. */
  static void row(
      float[] x, int xOffset, float[] y, int yOffset, int from, int columns, float[][] vectors) {
    float[] center = vectors[0];
    float[] scale = vectors[1];
    float[] shift = vectors[2];
    for (int c = from; c < columns; c++) {
      y[yOffset + c] = MultiplyAdd.of(x[xOffset + c] - center[c], scale[c], shift[c]);
    }
  }
}
