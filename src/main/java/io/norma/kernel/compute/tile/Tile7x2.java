package io.norma.kernel.compute.tile;

import static io.norma.kernel.compute.tile.Product.BLOCK;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The product of 7 pixels and two blocks of channels; in the form of {@link Tile14x2}. */
public final class Tile7x2 {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_512;

  private Tile7x2() {}

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
    FloatVector c40 = FloatVector.fromArray(SPECIES, start, s0 + 4 * startStride);
    FloatVector c41 = FloatVector.fromArray(SPECIES, start, s0 + 4 * startStride + startBlock);
    FloatVector c50 = FloatVector.fromArray(SPECIES, start, s0 + 5 * startStride);
    FloatVector c51 = FloatVector.fromArray(SPECIES, start, s0 + 5 * startStride + startBlock);
    FloatVector c60 = FloatVector.fromArray(SPECIES, start, s0 + 6 * startStride);
    FloatVector c61 = FloatVector.fromArray(SPECIES, start, s0 + 6 * startStride + startBlock);
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
        FloatVector v4 = FloatVector.broadcast(SPECIES, x[a + k + 64]);
        c40 = v4.fma(u0, c40);
        c41 = v4.fma(u1, c41);
        FloatVector v5 = FloatVector.broadcast(SPECIES, x[a + k + 80]);
        c50 = v5.fma(u0, c50);
        c51 = v5.fma(u1, c51);
        FloatVector v6 = FloatVector.broadcast(SPECIES, x[a + k + 96]);
        c60 = v6.fma(u0, c60);
        c61 = v6.fma(u1, c61);
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
    c40.intoArray(y, y0 + 64);
    c41.intoArray(y, y0 + yBlock + 64);
    c50.intoArray(y, y0 + 80);
    c51.intoArray(y, y0 + yBlock + 80);
    c60.intoArray(y, y0 + 96);
    c61.intoArray(y, y0 + yBlock + 96);
  }
}
