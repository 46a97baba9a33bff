package io.norma.kernel.compute;

import static io.norma.kernel.compute.Product.BLOCK;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The product of 14 pixels, next to one another in a plane, and two blocks of channels, one tap for
 * each input channel; in the form of {@link Tile14x2}.
 */
final class PlanarTile14x2 {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_512;

  private PlanarTile14x2() {}

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
    FloatVector c70 = FloatVector.fromArray(SPECIES, start, s0 + 7 * startStride);
    FloatVector c71 = FloatVector.fromArray(SPECIES, start, s0 + 7 * startStride + startBlock);
    FloatVector c80 = FloatVector.fromArray(SPECIES, start, s0 + 8 * startStride);
    FloatVector c81 = FloatVector.fromArray(SPECIES, start, s0 + 8 * startStride + startBlock);
    FloatVector c90 = FloatVector.fromArray(SPECIES, start, s0 + 9 * startStride);
    FloatVector c91 = FloatVector.fromArray(SPECIES, start, s0 + 9 * startStride + startBlock);
    FloatVector ca0 = FloatVector.fromArray(SPECIES, start, s0 + 10 * startStride);
    FloatVector ca1 = FloatVector.fromArray(SPECIES, start, s0 + 10 * startStride + startBlock);
    FloatVector cb0 = FloatVector.fromArray(SPECIES, start, s0 + 11 * startStride);
    FloatVector cb1 = FloatVector.fromArray(SPECIES, start, s0 + 11 * startStride + startBlock);
    FloatVector cc0 = FloatVector.fromArray(SPECIES, start, s0 + 12 * startStride);
    FloatVector cc1 = FloatVector.fromArray(SPECIES, start, s0 + 12 * startStride + startBlock);
    FloatVector cd0 = FloatVector.fromArray(SPECIES, start, s0 + 13 * startStride);
    FloatVector cd1 = FloatVector.fromArray(SPECIES, start, s0 + 13 * startStride + startBlock);
    int w = w0;
    for (int t = 0; t < tapCount; t++) {
      int a = x0 + taps[t];
      FloatVector u0 = FloatVector.fromArray(SPECIES, weights, w);
      FloatVector u1 = FloatVector.fromArray(SPECIES, weights, w + 16);
      FloatVector v0 = FloatVector.broadcast(SPECIES, x[a]);
      c00 = v0.fma(u0, c00);
      c01 = v0.fma(u1, c01);
      FloatVector v1 = FloatVector.broadcast(SPECIES, x[a + 1]);
      c10 = v1.fma(u0, c10);
      c11 = v1.fma(u1, c11);
      FloatVector v2 = FloatVector.broadcast(SPECIES, x[a + 2]);
      c20 = v2.fma(u0, c20);
      c21 = v2.fma(u1, c21);
      FloatVector v3 = FloatVector.broadcast(SPECIES, x[a + 3]);
      c30 = v3.fma(u0, c30);
      c31 = v3.fma(u1, c31);
      FloatVector v4 = FloatVector.broadcast(SPECIES, x[a + 4]);
      c40 = v4.fma(u0, c40);
      c41 = v4.fma(u1, c41);
      FloatVector v5 = FloatVector.broadcast(SPECIES, x[a + 5]);
      c50 = v5.fma(u0, c50);
      c51 = v5.fma(u1, c51);
      FloatVector v6 = FloatVector.broadcast(SPECIES, x[a + 6]);
      c60 = v6.fma(u0, c60);
      c61 = v6.fma(u1, c61);
      FloatVector v7 = FloatVector.broadcast(SPECIES, x[a + 7]);
      c70 = v7.fma(u0, c70);
      c71 = v7.fma(u1, c71);
      FloatVector v8 = FloatVector.broadcast(SPECIES, x[a + 8]);
      c80 = v8.fma(u0, c80);
      c81 = v8.fma(u1, c81);
      FloatVector v9 = FloatVector.broadcast(SPECIES, x[a + 9]);
      c90 = v9.fma(u0, c90);
      c91 = v9.fma(u1, c91);
      FloatVector va = FloatVector.broadcast(SPECIES, x[a + 10]);
      ca0 = va.fma(u0, ca0);
      ca1 = va.fma(u1, ca1);
      FloatVector vb = FloatVector.broadcast(SPECIES, x[a + 11]);
      cb0 = vb.fma(u0, cb0);
      cb1 = vb.fma(u1, cb1);
      FloatVector vc = FloatVector.broadcast(SPECIES, x[a + 12]);
      cc0 = vc.fma(u0, cc0);
      cc1 = vc.fma(u1, cc1);
      FloatVector vd = FloatVector.broadcast(SPECIES, x[a + 13]);
      cd0 = vd.fma(u0, cd0);
      cd1 = vd.fma(u1, cd1);
      w += 2 * BLOCK;
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
    c70.intoArray(y, y0 + 112);
    c71.intoArray(y, y0 + yBlock + 112);
    c80.intoArray(y, y0 + 128);
    c81.intoArray(y, y0 + yBlock + 128);
    c90.intoArray(y, y0 + 144);
    c91.intoArray(y, y0 + yBlock + 144);
    ca0.intoArray(y, y0 + 160);
    ca1.intoArray(y, y0 + yBlock + 160);
    cb0.intoArray(y, y0 + 176);
    cb1.intoArray(y, y0 + yBlock + 176);
    cc0.intoArray(y, y0 + 192);
    cc1.intoArray(y, y0 + yBlock + 192);
    cd0.intoArray(y, y0 + 208);
    cd1.intoArray(y, y0 + yBlock + 208);
  }
}
