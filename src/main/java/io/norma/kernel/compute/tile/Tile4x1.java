package io.norma.kernel.compute.tile;

import static io.norma.kernel.compute.tile.Product.BLOCK;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The product of 4 pixels and one block of channels; in the form of {@link Tile14x2}. */
public final class Tile4x1 {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_512;

  private Tile4x1() {}

  /** {@code y = start + x·w}. */
  static void accumulate(Product product, int x0, int w0, int y0) {
    float[] x = product.x;
    int[] taps = product.taps;
    int tapCount = product.tapCount;
    float[] weights = product.weights;
    float[] start = product.start;
    int startStride = product.startStride;
    int s0 = y0 & product.startMask;
    FloatVector c00 = FloatVector.fromArray(SPECIES, start, s0);
    FloatVector c10 = FloatVector.fromArray(SPECIES, start, s0 + 1 * startStride);
    FloatVector c20 = FloatVector.fromArray(SPECIES, start, s0 + 2 * startStride);
    FloatVector c30 = FloatVector.fromArray(SPECIES, start, s0 + 3 * startStride);
    int w = w0;
    for (int t = 0; t < tapCount; t++) {
      int a = x0 + taps[t];
      for (int k = 0; k < BLOCK; k++) {
        FloatVector u0 = FloatVector.fromArray(SPECIES, weights, w);
        FloatVector v0 = FloatVector.broadcast(SPECIES, x[a + k]);
        c00 = v0.fma(u0, c00);
        FloatVector v1 = FloatVector.broadcast(SPECIES, x[a + k + 16]);
        c10 = v1.fma(u0, c10);
        FloatVector v2 = FloatVector.broadcast(SPECIES, x[a + k + 32]);
        c20 = v2.fma(u0, c20);
        FloatVector v3 = FloatVector.broadcast(SPECIES, x[a + k + 48]);
        c30 = v3.fma(u0, c30);
        w += BLOCK;
      }
    }
    float[] y = product.y;
    c00.intoArray(y, y0);
    c10.intoArray(y, y0 + 16);
    c20.intoArray(y, y0 + 32);
    c30.intoArray(y, y0 + 48);
  }
}
