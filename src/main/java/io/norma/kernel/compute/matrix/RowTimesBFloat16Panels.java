package io.norma.kernel.compute.matrix;

import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.tile.Epilogue;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link RowTimesPanels} for weights of half as many bytes, which become FP32 in registers.
 * Products are added up in the same order.
 */
final class RowTimesBFloat16Panels {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int WIDTH = Panels.WIDTH;

  private RowTimesBFloat16Panels() {}

  /** See {@link RowTimesPanels#pair}. */
  static void pair(
      float[] x,
      int x0,
      BFloat16Panels weights,
      int pair,
      Epilogue epilogue,
      int e0,
      float[] y,
      int y0) {
    int panel = 2 * pair;
    if (weights.areWhole(panel)) {
      int channel = weights.channel(panel);
      two(x, x0, weights, panel, epilogue, e0 + channel, y, y0 + channel);
      return;
    }
    for (int p = panel; p < Math.min(panel + 2, weights.count()); p++) {
      int channel = weights.channel(p);
      one(x, x0, weights, p, epilogue, e0 + channel, y, y0 + channel);
    }
  }

  /** Two whole panels at once: four sums at a time hide the latency of a multiply-add. */
  private static void two(
      float[] x,
      int x0,
      BFloat16Panels weights,
      int panel,
      Epilogue epilogue,
      int e0,
      float[] y,
      int y0) {
    int[] w = weights.values;
    int depth = weights.depth;
    int lanes = SPECIES.length();
    for (int lane = 0; lane < WIDTH; lane += 2 * lanes) {
      FloatVector c0 = FloatVector.zero(SPECIES);
      FloatVector c1 = FloatVector.zero(SPECIES);
      FloatVector c2 = FloatVector.zero(SPECIES);
      FloatVector c3 = FloatVector.zero(SPECIES);
      int a = weights.offset(panel) + lane;
      int b = weights.offset(panel + 1) + lane;
      for (int k = 0; k < depth; k += 2) {
        FloatVector first = FloatVector.broadcast(SPECIES, x[x0 + k]);
        FloatVector second = FloatVector.broadcast(SPECIES, x[x0 + k + 1]);
        IntVector w0 = BFloat16Panels.pairs(w, a);
        IntVector w1 = BFloat16Panels.pairs(w, a + lanes);
        IntVector w2 = BFloat16Panels.pairs(w, b);
        IntVector w3 = BFloat16Panels.pairs(w, b + lanes);
        c0 = first.fma(BFloat16Panels.first(w0), c0);
        c1 = first.fma(BFloat16Panels.first(w1), c1);
        c2 = first.fma(BFloat16Panels.first(w2), c2);
        c3 = first.fma(BFloat16Panels.first(w3), c3);
        c0 = second.fma(BFloat16Panels.second(w0), c0);
        c1 = second.fma(BFloat16Panels.second(w1), c1);
        c2 = second.fma(BFloat16Panels.second(w2), c2);
        c3 = second.fma(BFloat16Panels.second(w3), c3);
        a += WIDTH;
        b += WIDTH;
      }
      int next = lane + WIDTH;
      RowTimesPanels.finish(epilogue, e0 + lane, c0).intoArray(y, y0 + lane);
      RowTimesPanels.finish(epilogue, e0 + lane + lanes, c1).intoArray(y, y0 + lane + lanes);
      RowTimesPanels.finish(epilogue, e0 + next, c2).intoArray(y, y0 + next);
      RowTimesPanels.finish(epilogue, e0 + next + lanes, c3).intoArray(y, y0 + next + lanes);
    }
  }

  /** One panel of 16 or 32. */
  private static void one(
      float[] x,
      int x0,
      BFloat16Panels weights,
      int panel,
      Epilogue epilogue,
      int e0,
      float[] y,
      int y0) {
    int[] w = weights.values;
    int width = weights.width(panel);
    for (int lane = 0; lane < width; lane += SPECIES.length()) {
      FloatVector c = FloatVector.zero(SPECIES);
      int a = weights.offset(panel) + lane;
      for (int k = 0; k < weights.depth; k += 2) {
        IntVector pairs = BFloat16Panels.pairs(w, a);
        c = FloatVector.broadcast(SPECIES, x[x0 + k]).fma(BFloat16Panels.first(pairs), c);
        c = FloatVector.broadcast(SPECIES, x[x0 + k + 1]).fma(BFloat16Panels.second(pairs), c);
        a += width;
      }
      RowTimesPanels.finish(epilogue, e0 + lane, c).intoArray(y, y0 + lane);
    }
  }
}
