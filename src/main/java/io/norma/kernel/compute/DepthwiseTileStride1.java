package io.norma.kernel.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** 14 neighbouring outputs of a depthwise convolution whose window moves 1 column at a time. */
final class DepthwiseTileStride1 {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;

  private DepthwiseTileStride1() {}

  /**
   * {@code y[i] = Σ_t w[t] · x[i + taps[t]]} for one vector of channels.
   *
   * @param taps offset of each position of the window
   * @param w0 position of the first tap's weights, the next ones 16 on
   */
  static void run(float[] x, int x0, int[] taps, float[] w, int w0, float[] y, int y0) {
    FloatVector c0 = FloatVector.zero(SPECIES);
    FloatVector c1 = FloatVector.zero(SPECIES);
    FloatVector c2 = FloatVector.zero(SPECIES);
    FloatVector c3 = FloatVector.zero(SPECIES);
    FloatVector c4 = FloatVector.zero(SPECIES);
    FloatVector c5 = FloatVector.zero(SPECIES);
    FloatVector c6 = FloatVector.zero(SPECIES);
    FloatVector c7 = FloatVector.zero(SPECIES);
    FloatVector c8 = FloatVector.zero(SPECIES);
    FloatVector c9 = FloatVector.zero(SPECIES);
    FloatVector ca = FloatVector.zero(SPECIES);
    FloatVector cb = FloatVector.zero(SPECIES);
    FloatVector cc = FloatVector.zero(SPECIES);
    FloatVector cd = FloatVector.zero(SPECIES);
    for (int t = 0; t < taps.length; t++) {
      int a = x0 + taps[t];
      FloatVector u = FloatVector.fromArray(SPECIES, w, w0 + t * 16);
      c0 = FloatVector.fromArray(SPECIES, x, a).fma(u, c0);
      c1 = FloatVector.fromArray(SPECIES, x, a + 16).fma(u, c1);
      c2 = FloatVector.fromArray(SPECIES, x, a + 32).fma(u, c2);
      c3 = FloatVector.fromArray(SPECIES, x, a + 48).fma(u, c3);
      c4 = FloatVector.fromArray(SPECIES, x, a + 64).fma(u, c4);
      c5 = FloatVector.fromArray(SPECIES, x, a + 80).fma(u, c5);
      c6 = FloatVector.fromArray(SPECIES, x, a + 96).fma(u, c6);
      c7 = FloatVector.fromArray(SPECIES, x, a + 112).fma(u, c7);
      c8 = FloatVector.fromArray(SPECIES, x, a + 128).fma(u, c8);
      c9 = FloatVector.fromArray(SPECIES, x, a + 144).fma(u, c9);
      ca = FloatVector.fromArray(SPECIES, x, a + 160).fma(u, ca);
      cb = FloatVector.fromArray(SPECIES, x, a + 176).fma(u, cb);
      cc = FloatVector.fromArray(SPECIES, x, a + 192).fma(u, cc);
      cd = FloatVector.fromArray(SPECIES, x, a + 208).fma(u, cd);
    }
    c0.intoArray(y, y0);
    c1.intoArray(y, y0 + 16);
    c2.intoArray(y, y0 + 32);
    c3.intoArray(y, y0 + 48);
    c4.intoArray(y, y0 + 64);
    c5.intoArray(y, y0 + 80);
    c6.intoArray(y, y0 + 96);
    c7.intoArray(y, y0 + 112);
    c8.intoArray(y, y0 + 128);
    c9.intoArray(y, y0 + 144);
    ca.intoArray(y, y0 + 160);
    cb.intoArray(y, y0 + 176);
    cc.intoArray(y, y0 + 192);
    cd.intoArray(y, y0 + 208);
  }
}
