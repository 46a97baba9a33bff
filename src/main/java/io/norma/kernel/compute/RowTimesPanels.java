package io.norma.kernel.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** One row times panels of weights, {@code y[m] = Σ_k x[k] · w[k][m]}: as fast as weights come. */
final class RowTimesPanels {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;

  private RowTimesPanels() {}

  /** Two panels of 32 at once: four sums at a time hide the latency of a multiply-add. */
  static void two(
      float[] x, int x0, int depth, float[] w, int first, int second, float[] y, int y0) {
    int lanes = SPECIES.length();
    for (int lane = 0; lane < Product.PANEL; lane += 2 * lanes) {
      FloatVector c0 = FloatVector.zero(SPECIES);
      FloatVector c1 = FloatVector.zero(SPECIES);
      FloatVector c2 = FloatVector.zero(SPECIES);
      FloatVector c3 = FloatVector.zero(SPECIES);
      int a = first + lane;
      int b = second + lane;
      for (int k = 0; k < depth; k++) {
        FloatVector v = FloatVector.broadcast(SPECIES, x[x0 + k]);
        c0 = v.fma(FloatVector.fromArray(SPECIES, w, a), c0);
        c1 = v.fma(FloatVector.fromArray(SPECIES, w, a + lanes), c1);
        c2 = v.fma(FloatVector.fromArray(SPECIES, w, b), c2);
        c3 = v.fma(FloatVector.fromArray(SPECIES, w, b + lanes), c3);
        a += Product.PANEL;
        b += Product.PANEL;
      }
      c0.intoArray(y, y0 + lane);
      c1.intoArray(y, y0 + lane + lanes);
      c2.intoArray(y, y0 + Product.PANEL + lane);
      c3.intoArray(y, y0 + Product.PANEL + lane + lanes);
    }
  }

  /** One panel of 16 or 32. */
  static void one(float[] x, int x0, int depth, float[] w, int w0, int width, float[] y, int y0) {
    for (int lane = 0; lane < width; lane += SPECIES.length()) {
      FloatVector c = FloatVector.zero(SPECIES);
      int a = w0 + lane;
      for (int k = 0; k < depth; k++) {
        c = FloatVector.broadcast(SPECIES, x[x0 + k]).fma(FloatVector.fromArray(SPECIES, w, a), c);
        a += width;
      }
      c.intoArray(y, y0 + lane);
    }
  }
}
