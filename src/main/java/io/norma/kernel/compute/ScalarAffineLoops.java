package io.norma.kernel.compute;

/** Scalar twin; fused multiply-add as in the SIMD one, so that both give the same bits. */
record ScalarAffineLoops() implements AffineLoops {
  @Override
  public void channel(
      float[] x, int xOffset, float[] y, int yOffset, int length, float scale, float shift) {
    for (int i = 0; i < length; i++) {
      y[yOffset + i] = Math.fma(scale, x[xOffset + i], shift);
    }
  }

  @Override
  public void channels(
      float[] x, int xOffset, float[] y, int yOffset, float[] scale, float[] shift) {
    for (int c = 0; c < scale.length; c++) {
      y[yOffset + c] = Math.fma(scale[c], x[xOffset + c], shift[c]);
    }
  }
}
