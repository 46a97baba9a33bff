package io.norma.kernel.compute.matrix;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.tile.Epilogue;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * One row times panels of weights, {@code y[m] = clamp(scale[m]·Σ_k x[k]·w[k][m] + shift[m])}: as
 * fast as weights come.
 */
public final class RowTimesPanels {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int WIDTH = PanelWeights.WIDTH;

  private RowTimesPanels() {}

  /**
   * One pair of panels, up to twice as many channels of y as a panel has.
   *
   * @param e0 position of y's first channel in the epilogue's scales
   */
  public static void pair(
      float[] x,
      int x0,
      PanelWeights weights,
      int pair,
      Epilogue epilogue,
      int e0,
      float[] y,
      int y0) {
    int panel = 2 * pair;
    int channel = weights.channel(panel);
    if (weights.areWhole(panel)) {
      two(x, x0, weights, panel, epilogue, e0 + channel, y, y0 + channel);
      return;
    }
    for (int p = panel; p < Math.min(panel + 2, weights.count()); p++) {
      channel = weights.channel(p);
      one(x, x0, weights, p, epilogue, e0 + channel, y, y0 + channel);
    }
  }

  /**
   * Two whole panels at once: four sums at a time hide the latency of a multiply-add.
   *
   * @param e0 position of the first channel in the epilogue's scales
   */
  private static void two(
      float[] x,
      int x0,
      PanelWeights weights,
      int panel,
      Epilogue epilogue,
      int e0,
      float[] y,
      int y0) {
    float[] w = weights.values;
    int depth = weights.depth;
    int lanes = SPECIES.length();
    for (int lane = 0; lane < WIDTH; lane += 2 * lanes) {
      FloatVector c0 = FloatVector.zero(SPECIES);
      FloatVector c1 = FloatVector.zero(SPECIES);
      FloatVector c2 = FloatVector.zero(SPECIES);
      FloatVector c3 = FloatVector.zero(SPECIES);
      int a = weights.offset(panel) + lane;
      int b = weights.offset(panel + 1) + lane;
      for (int k = 0; k < depth; k++) {
        FloatVector v = FloatVector.broadcast(SPECIES, x[x0 + k]);
        c0 = v.fma(FloatVector.fromArray(SPECIES, w, a), c0);
        c1 = v.fma(FloatVector.fromArray(SPECIES, w, a + lanes), c1);
        c2 = v.fma(FloatVector.fromArray(SPECIES, w, b), c2);
        c3 = v.fma(FloatVector.fromArray(SPECIES, w, b + lanes), c3);
        a += WIDTH;
        b += WIDTH;
      }
      int second = lane + WIDTH;
      finish(epilogue, e0 + lane, c0).intoArray(y, y0 + lane);
      finish(epilogue, e0 + lane + lanes, c1).intoArray(y, y0 + lane + lanes);
      finish(epilogue, e0 + second, c2).intoArray(y, y0 + second);
      finish(epilogue, e0 + second + lanes, c3).intoArray(y, y0 + second + lanes);
    }
  }

  /** One panel of 16 or 32. */
  private static void one(
      float[] x,
      int x0,
      PanelWeights weights,
      int panel,
      Epilogue epilogue,
      int e0,
      float[] y,
      int y0) {
    float[] w = weights.values;
    int width = weights.width(panel);
    for (int lane = 0; lane < width; lane += SPECIES.length()) {
      FloatVector c = FloatVector.zero(SPECIES);
      int a = weights.offset(panel) + lane;
      for (int k = 0; k < weights.depth; k++) {
        c = FloatVector.broadcast(SPECIES, x[x0 + k]).fma(FloatVector.fromArray(SPECIES, w, a), c);
        a += width;
      }
      finish(epilogue, e0 + lane, c).intoArray(y, y0 + lane);
    }
  }

  /** Scale, shift and clamp of sums. */
  static FloatVector finish(Epilogue epilogue, int e0, FloatVector sum) {
    FloatVector scale = FloatVector.fromArray(SPECIES, epilogue.vectors, e0);
    FloatVector shift = FloatVector.fromArray(SPECIES, epilogue.vectors, e0 + epilogue.shiftDelta);
    FloatVector low = FloatVector.fromArray(SPECIES, epilogue.bounds, 0);
    FloatVector high = FloatVector.fromArray(SPECIES, epilogue.bounds, ChannelBlocks.SIZE);
    FloatVector v = sum.fma(scale, shift);
    v = v.blend(low, v.lt(low));
    return v.blend(high, high.lt(v));
  }
}
