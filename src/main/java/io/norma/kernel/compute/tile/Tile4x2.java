package io.norma.kernel.compute.tile;

import static io.norma.kernel.compute.tile.Product.BLOCK;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The product of 4 pixels and two blocks of channels; in the form of {@link Tile14x2}. */
public final class Tile4x2 {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_512;

  private Tile4x2() {}

  /** {@code y = start + x·w}. */
  static void accumulate(Product product, int x0, int w0, int y0) {
    float[] x = product.x;
    int[] taps = product.taps;
    int tapCount = product.tapCount;
    float[] weights = product.weights;
    float[] start = product.start;
    int startStride = product.startStride;
    int startBlock = product.startBlock;
    int s0 = y0 & product.startMask;
    FloatVector c00 = FloatVector.fromArray(SPECIES, start, s0);
    FloatVector c01 = FloatVector.fromArray(SPECIES, start, s0 + startBlock);
    FloatVector c10 = FloatVector.fromArray(SPECIES, start, s0 + 1 * startStride);
    FloatVector c11 = FloatVector.fromArray(SPECIES, start, s0 + 1 * startStride + startBlock);
    FloatVector c20 = FloatVector.fromArray(SPECIES, start, s0 + 2 * startStride);
    FloatVector c21 = FloatVector.fromArray(SPECIES, start, s0 + 2 * startStride + startBlock);
    FloatVector c30 = FloatVector.fromArray(SPECIES, start, s0 + 3 * startStride);
    FloatVector c31 = FloatVector.fromArray(SPECIES, start, s0 + 3 * startStride + startBlock);
    int w = w0;
    for (int t = 0; t < tapCount; t++) {
      int a = x0 + taps[t];
      for (int k = 0; k < BLOCK; k++) {
        FloatVector u0 = FloatVector.fromArray(SPECIES, weights, w);
        FloatVector u1 = FloatVector.fromArray(SPECIES, weights, w + 16);
        FloatVector v0 = FloatVector.broadcast(SPECIES, x[a + k]);
        c00 = v0.fma(u0, c00);
        c01 = v0.fma(u1, c01);
        FloatVector v1 = FloatVector.broadcast(SPECIES, x[a + k + 16]);
        c10 = v1.fma(u0, c10);
        c11 = v1.fma(u1, c11);
        FloatVector v2 = FloatVector.broadcast(SPECIES, x[a + k + 32]);
        c20 = v2.fma(u0, c20);
        c21 = v2.fma(u1, c21);
        FloatVector v3 = FloatVector.broadcast(SPECIES, x[a + k + 48]);
        c30 = v3.fma(u0, c30);
        c31 = v3.fma(u1, c31);
        w += 2 * BLOCK;
      }
    }
    float[] y = product.y;
    int yBlock = product.yBlock;
    c00.intoArray(y, y0);
    c01.intoArray(y, y0 + yBlock);
    c10.intoArray(y, y0 + 16);
    c11.intoArray(y, y0 + yBlock + 16);
    c20.intoArray(y, y0 + 32);
    c21.intoArray(y, y0 + yBlock + 32);
    c30.intoArray(y, y0 + 48);
    c31.intoArray(y, y0 + yBlock + 48);
  }
}
