package io.norma.kernel.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** SIMD twin of {@link ScalarAffineLoops}. */
record SimdAffineLoops() implements AffineLoops {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;

  @Override
  public void channel(
      float[] x, int xOffset, float[] y, int yOffset, int length, float scale, float shift) {
    FloatVector scales = FloatVector.broadcast(SPECIES, scale);
    FloatVector shifts = FloatVector.broadcast(SPECIES, shift);
    int i = 0;
    for (int bound = SPECIES.loopBound(length); i < bound; i += SPECIES.length()) {
      FloatVector.fromArray(SPECIES, x, xOffset + i).fma(scales, shifts).intoArray(y, yOffset + i);
    }
    for (; i < length; i++) {
      y[yOffset + i] = Math.fma(scale, x[xOffset + i], shift);
    }
  }

  @Override
  public void channels(
      float[] x, int xOffset, float[] y, int yOffset, float[] scale, float[] shift) {
    int i = 0;
    for (int bound = SPECIES.loopBound(scale.length); i < bound; i += SPECIES.length()) {
      FloatVector.fromArray(SPECIES, x, xOffset + i)
          .fma(FloatVector.fromArray(SPECIES, scale, i), FloatVector.fromArray(SPECIES, shift, i))
          .intoArray(y, yOffset + i);
    }
    for (; i < scale.length; i++) {
      y[yOffset + i] = Math.fma(scale[i], x[xOffset + i], shift[i]);
    }
  }
}
