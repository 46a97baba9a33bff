package io.norma.kernel.compute.tile;

import static io.norma.kernel.compute.tile.Product.BLOCK;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The product of 14 pixels in a plane and one block of channels, one tap for each input channel and
 * position; in the form of {@link PlanarTile14x2}.
 */
public final class PlanarTile14x1 {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_512;

  private PlanarTile14x1() {}

  /** {@code y = x·w} for pixels next to one another. */
  public static void neighbours(Product product, int x0, int w0, int y0) {
    float[] x = product.x;
    int[] taps = product.taps;
    int tapCount = product.tapCount;
    float[] weights = product.weights;
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
    int w = w0;
    for (int t = 0; t < tapCount; t++) {
      int a = x0 + taps[t];
      FloatVector u = FloatVector.fromArray(SPECIES, weights, w);
      c0 = FloatVector.broadcast(SPECIES, x[a]).fma(u, c0);
      c1 = FloatVector.broadcast(SPECIES, x[a + 1]).fma(u, c1);
      c2 = FloatVector.broadcast(SPECIES, x[a + 2]).fma(u, c2);
      c3 = FloatVector.broadcast(SPECIES, x[a + 3]).fma(u, c3);
      c4 = FloatVector.broadcast(SPECIES, x[a + 4]).fma(u, c4);
      c5 = FloatVector.broadcast(SPECIES, x[a + 5]).fma(u, c5);
      c6 = FloatVector.broadcast(SPECIES, x[a + 6]).fma(u, c6);
      c7 = FloatVector.broadcast(SPECIES, x[a + 7]).fma(u, c7);
      c8 = FloatVector.broadcast(SPECIES, x[a + 8]).fma(u, c8);
      c9 = FloatVector.broadcast(SPECIES, x[a + 9]).fma(u, c9);
      ca = FloatVector.broadcast(SPECIES, x[a + 10]).fma(u, ca);
      cb = FloatVector.broadcast(SPECIES, x[a + 11]).fma(u, cb);
      cc = FloatVector.broadcast(SPECIES, x[a + 12]).fma(u, cc);
      cd = FloatVector.broadcast(SPECIES, x[a + 13]).fma(u, cd);
      w += BLOCK;
    }
    float[] y = product.y;
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

  /** {@code y = x·w} for every second pixel. */
  public static void everySecond(Product product, int x0, int w0, int y0) {
    float[] x = product.x;
    int[] taps = product.taps;
    int tapCount = product.tapCount;
    float[] weights = product.weights;
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
    int w = w0;
    for (int t = 0; t < tapCount; t++) {
      int a = x0 + taps[t];
      FloatVector u = FloatVector.fromArray(SPECIES, weights, w);
      c0 = FloatVector.broadcast(SPECIES, x[a]).fma(u, c0);
      c1 = FloatVector.broadcast(SPECIES, x[a + 2]).fma(u, c1);
      c2 = FloatVector.broadcast(SPECIES, x[a + 4]).fma(u, c2);
      c3 = FloatVector.broadcast(SPECIES, x[a + 6]).fma(u, c3);
      c4 = FloatVector.broadcast(SPECIES, x[a + 8]).fma(u, c4);
      c5 = FloatVector.broadcast(SPECIES, x[a + 10]).fma(u, c5);
      c6 = FloatVector.broadcast(SPECIES, x[a + 12]).fma(u, c6);
      c7 = FloatVector.broadcast(SPECIES, x[a + 14]).fma(u, c7);
      c8 = FloatVector.broadcast(SPECIES, x[a + 16]).fma(u, c8);
      c9 = FloatVector.broadcast(SPECIES, x[a + 18]).fma(u, c9);
      ca = FloatVector.broadcast(SPECIES, x[a + 20]).fma(u, ca);
      cb = FloatVector.broadcast(SPECIES, x[a + 22]).fma(u, cb);
      cc = FloatVector.broadcast(SPECIES, x[a + 24]).fma(u, cc);
      cd = FloatVector.broadcast(SPECIES, x[a + 26]).fma(u, cd);
      w += BLOCK;
    }
    float[] y = product.y;
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
