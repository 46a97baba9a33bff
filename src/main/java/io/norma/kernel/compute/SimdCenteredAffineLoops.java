package io.norma.kernel.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** SIMD twin of {@link ScalarCenteredAffineLoops}. */
record SimdCenteredAffineLoops() implements CenteredAffineLoops {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /** Rows that share one reading of the columns' coefficients. */
  private static final int ROWS = 16;

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
    FloatVector highs = FloatVector.broadcast(SPECIES, high);
    FloatVector lows = FloatVector.broadcast(SPECIES, low);
    FloatVector scales = FloatVector.broadcast(SPECIES, scale);
    FloatVector shifts = FloatVector.broadcast(SPECIES, shift);
    int i = 0;
    for (int bound = SPECIES.loopBound(length); i < bound; i += LANES) {
      FloatVector.fromArray(SPECIES, x, xOffset + i)
          .sub(highs)
          .sub(lows)
          .fma(scales, shifts)
          .intoArray(y, yOffset + i);
    }
    for (; i < length; i++) {
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
    int bound = SPECIES.loopBound(high.length);
    for (int from = 0; from < rows; from += ROWS) {
      int to = Math.min(from + ROWS, rows);
      for (int c = 0; c < bound; c += LANES) {
        FloatVector highs = FloatVector.fromArray(SPECIES, high, c);
        FloatVector lows = FloatVector.fromArray(SPECIES, low, c);
        FloatVector scales = FloatVector.fromArray(SPECIES, scale, c);
        FloatVector shifts = FloatVector.fromArray(SPECIES, shift, c);
        for (int r = from, i = from * stride + c; r < to; r++, i += stride) {
          FloatVector.fromArray(SPECIES, x, xOffset + i)
              .sub(highs)
              .sub(lows)
              .fma(scales, shifts)
              .intoArray(y, yOffset + i);
        }
      }
      for (int r = from; r < to; r++) {
        for (int c = bound, i = r * stride + bound; c < high.length; c++, i++) {
          y[yOffset + i] = Math.fma((x[xOffset + i] - high[c]) - low[c], scale[c], shift[c]);
        }
      }
    }
  }
}
