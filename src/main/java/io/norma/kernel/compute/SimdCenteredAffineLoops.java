package io.norma.kernel.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** SIMD twin of {@link ScalarCenteredAffineLoops}. */
record SimdCenteredAffineLoops() implements CenteredAffineLoops {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

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
    for (int r = 0; r < rows; r++) {
      int row = r * stride;
      int c = 0;
      for (; c < bound; c += LANES) {
        FloatVector.fromArray(SPECIES, x, xOffset + row + c)
            .sub(FloatVector.fromArray(SPECIES, high, c))
            .sub(FloatVector.fromArray(SPECIES, low, c))
            .fma(FloatVector.fromArray(SPECIES, scale, c), FloatVector.fromArray(SPECIES, shift, c))
            .intoArray(y, yOffset + row + c);
      }
      for (; c < high.length; c++) {
        int i = row + c;
        y[yOffset + i] = Math.fma((x[xOffset + i] - high[c]) - low[c], scale[c], shift[c]);
      }
    }
  }
}
