package io.norma.kernel.compute.tile;

import static io.norma.kernel.compute.tile.Product.BLOCK;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The product of 14 pixels and one block of channels; in the form of {@link Tile14x2}. */
public final class Tile14x1 {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_512;

  private Tile14x1() {}

  /** {@code y = start + x·w}. */
  public static void accumulate(Product product, int x0, int w0, int y0) {
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
    FloatVector c40 = FloatVector.fromArray(SPECIES, start, s0 + 4 * startStride);
    FloatVector c50 = FloatVector.fromArray(SPECIES, start, s0 + 5 * startStride);
    FloatVector c60 = FloatVector.fromArray(SPECIES, start, s0 + 6 * startStride);
    FloatVector c70 = FloatVector.fromArray(SPECIES, start, s0 + 7 * startStride);
    FloatVector c80 = FloatVector.fromArray(SPECIES, start, s0 + 8 * startStride);
    FloatVector c90 = FloatVector.fromArray(SPECIES, start, s0 + 9 * startStride);
    FloatVector ca0 = FloatVector.fromArray(SPECIES, start, s0 + 10 * startStride);
    FloatVector cb0 = FloatVector.fromArray(SPECIES, start, s0 + 11 * startStride);
    FloatVector cc0 = FloatVector.fromArray(SPECIES, start, s0 + 12 * startStride);
    FloatVector cd0 = FloatVector.fromArray(SPECIES, start, s0 + 13 * startStride);
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
        FloatVector v4 = FloatVector.broadcast(SPECIES, x[a + k + 64]);
        c40 = v4.fma(u0, c40);
        FloatVector v5 = FloatVector.broadcast(SPECIES, x[a + k + 80]);
        c50 = v5.fma(u0, c50);
        FloatVector v6 = FloatVector.broadcast(SPECIES, x[a + k + 96]);
        c60 = v6.fma(u0, c60);
        FloatVector v7 = FloatVector.broadcast(SPECIES, x[a + k + 112]);
        c70 = v7.fma(u0, c70);
        FloatVector v8 = FloatVector.broadcast(SPECIES, x[a + k + 128]);
        c80 = v8.fma(u0, c80);
        FloatVector v9 = FloatVector.broadcast(SPECIES, x[a + k + 144]);
        c90 = v9.fma(u0, c90);
        FloatVector va = FloatVector.broadcast(SPECIES, x[a + k + 160]);
        ca0 = va.fma(u0, ca0);
        FloatVector vb = FloatVector.broadcast(SPECIES, x[a + k + 176]);
        cb0 = vb.fma(u0, cb0);
        FloatVector vc = FloatVector.broadcast(SPECIES, x[a + k + 192]);
        cc0 = vc.fma(u0, cc0);
        FloatVector vd = FloatVector.broadcast(SPECIES, x[a + k + 208]);
        cd0 = vd.fma(u0, cd0);
        w += BLOCK;
      }
    }
    float[] y = product.y;
    c00.intoArray(y, y0);
    c10.intoArray(y, y0 + 16);
    c20.intoArray(y, y0 + 32);
    c30.intoArray(y, y0 + 48);
    c40.intoArray(y, y0 + 64);
    c50.intoArray(y, y0 + 80);
    c60.intoArray(y, y0 + 96);
    c70.intoArray(y, y0 + 112);
    c80.intoArray(y, y0 + 128);
    c90.intoArray(y, y0 + 144);
    ca0.intoArray(y, y0 + 160);
    cb0.intoArray(y, y0 + 176);
    cc0.intoArray(y, y0 + 192);
    cd0.intoArray(y, y0 + 208);
  }
}
