package io.norma.kernel.compute;

/** Scalar twin; the same operations as in the SIMD one, so that both give the same bits. */
record ScalarCenteredAffineLoops() implements CenteredAffineLoops {
  @Override
  public void channel(
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      int length,
      float high,
      float low,
      float scale,
      float shift) {
    for (int i = 0; i < length; i++) {
      y[yOffset + i] = Math.fma((x[xOffset + i] - high) - low, scale, shift);
    }
  }

  @Override
  public void columns(
      float[] x, int xOffset, float[] y, int yOffset, int rows, int stride, float[][] vectors) {
    float[] high = vectors[0];
    float[] low = vectors[1];
    float[] scale = vectors[2];
    float[] shift = vectors[3];
    for (int r = 0; r < rows; r++) {
      for (int c = 0, i = r * stride; c < high.length; c++, i++) {
        y[yOffset + i] = Math.fma((x[xOffset + i] - high[c]) - low[c], scale[c], shift[c]);
      }
    }
  }
}
