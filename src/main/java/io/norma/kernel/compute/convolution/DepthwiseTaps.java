package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.tile.Epilogue;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * One row of a depthwise convolution with any window: 7 outputs in registers, and one weight at a
 * time, which each input of the 7 is multiplied by as it is read. {@link DepthwiseRowStride1} reads
 * each input once, but needs registers for nine weights, too. There is a method for each stride,
 * for with distances that are variables the checks of bounds stay in the loop.
 *
 * <p>{@code y = clamp(scale·Σ_t w[t]·x[t] + shift)} for one vector of channels. Parameters: {@code
 * taps} are the positions of the window from its first one, {@code w0} that of the first weight,
 * the next ones 16 on, {@code sevens} how many times 7 outputs are computed, {@code e0} that of the
 * scale in the epilogue's vectors.
 */
public final class DepthwiseTaps {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;

  private DepthwiseTaps() {}

  /** The window moves 1 column at a time. */
  static void stride1(
      float[] x,
      int x0,
      int[] taps,
      float[] weights,
      int w0,
      float[] y,
      int y0,
      int sevens,
      Epilogue epilogue,
      int e0) {
    FloatVector scale = FloatVector.fromArray(SPECIES, epilogue.vectors, e0);
    FloatVector shift = FloatVector.fromArray(SPECIES, epilogue.vectors, e0 + epilogue.shiftDelta);
    FloatVector low = FloatVector.fromArray(SPECIES, epilogue.bounds, 0);
    FloatVector high = FloatVector.fromArray(SPECIES, epilogue.bounds, 16);
    for (int i = 0; i < sevens; i++) {
      int from = x0 + i * 112;
      int to = y0 + i * 112;
      int first = from + taps[0];
      FloatVector u0 = FloatVector.fromArray(SPECIES, weights, w0);
      FloatVector c0 = u0.mul(FloatVector.fromArray(SPECIES, x, first));
      FloatVector c1 = u0.mul(FloatVector.fromArray(SPECIES, x, first + 16));
      FloatVector c2 = u0.mul(FloatVector.fromArray(SPECIES, x, first + 32));
      FloatVector c3 = u0.mul(FloatVector.fromArray(SPECIES, x, first + 48));
      FloatVector c4 = u0.mul(FloatVector.fromArray(SPECIES, x, first + 64));
      FloatVector c5 = u0.mul(FloatVector.fromArray(SPECIES, x, first + 80));
      FloatVector c6 = u0.mul(FloatVector.fromArray(SPECIES, x, first + 96));
      for (int t = 1; t < taps.length; t++) {
        int a = from + taps[t];
        FloatVector u = FloatVector.fromArray(SPECIES, weights, w0 + t * 16);
        c0 = u.fma(FloatVector.fromArray(SPECIES, x, a), c0);
        c1 = u.fma(FloatVector.fromArray(SPECIES, x, a + 16), c1);
        c2 = u.fma(FloatVector.fromArray(SPECIES, x, a + 32), c2);
        c3 = u.fma(FloatVector.fromArray(SPECIES, x, a + 48), c3);
        c4 = u.fma(FloatVector.fromArray(SPECIES, x, a + 64), c4);
        c5 = u.fma(FloatVector.fromArray(SPECIES, x, a + 80), c5);
        c6 = u.fma(FloatVector.fromArray(SPECIES, x, a + 96), c6);
      }
      c0 = c0.fma(scale, shift);
      c0 = c0.blend(low, c0.lt(low));
      c0.blend(high, high.lt(c0)).intoArray(y, to);
      c1 = c1.fma(scale, shift);
      c1 = c1.blend(low, c1.lt(low));
      c1.blend(high, high.lt(c1)).intoArray(y, to + 16);
      c2 = c2.fma(scale, shift);
      c2 = c2.blend(low, c2.lt(low));
      c2.blend(high, high.lt(c2)).intoArray(y, to + 32);
      c3 = c3.fma(scale, shift);
      c3 = c3.blend(low, c3.lt(low));
      c3.blend(high, high.lt(c3)).intoArray(y, to + 48);
      c4 = c4.fma(scale, shift);
      c4 = c4.blend(low, c4.lt(low));
      c4.blend(high, high.lt(c4)).intoArray(y, to + 64);
      c5 = c5.fma(scale, shift);
      c5 = c5.blend(low, c5.lt(low));
      c5.blend(high, high.lt(c5)).intoArray(y, to + 80);
      c6 = c6.fma(scale, shift);
      c6 = c6.blend(low, c6.lt(low));
      c6.blend(high, high.lt(c6)).intoArray(y, to + 96);
    }
  }

  /** The window moves 2 columns at a time. */
  static void stride2(
      float[] x,
      int x0,
      int[] taps,
      float[] weights,
      int w0,
      float[] y,
      int y0,
      int sevens,
      Epilogue epilogue,
      int e0) {
    FloatVector scale = FloatVector.fromArray(SPECIES, epilogue.vectors, e0);
    FloatVector shift = FloatVector.fromArray(SPECIES, epilogue.vectors, e0 + epilogue.shiftDelta);
    FloatVector low = FloatVector.fromArray(SPECIES, epilogue.bounds, 0);
    FloatVector high = FloatVector.fromArray(SPECIES, epilogue.bounds, 16);
    for (int i = 0; i < sevens; i++) {
      int from = x0 + i * 224;
      int to = y0 + i * 112;
      int first = from + taps[0];
      FloatVector u0 = FloatVector.fromArray(SPECIES, weights, w0);
      FloatVector c0 = u0.mul(FloatVector.fromArray(SPECIES, x, first));
      FloatVector c1 = u0.mul(FloatVector.fromArray(SPECIES, x, first + 32));
      FloatVector c2 = u0.mul(FloatVector.fromArray(SPECIES, x, first + 64));
      FloatVector c3 = u0.mul(FloatVector.fromArray(SPECIES, x, first + 96));
      FloatVector c4 = u0.mul(FloatVector.fromArray(SPECIES, x, first + 128));
      FloatVector c5 = u0.mul(FloatVector.fromArray(SPECIES, x, first + 160));
      FloatVector c6 = u0.mul(FloatVector.fromArray(SPECIES, x, first + 192));
      for (int t = 1; t < taps.length; t++) {
        int a = from + taps[t];
        FloatVector u = FloatVector.fromArray(SPECIES, weights, w0 + t * 16);
        c0 = u.fma(FloatVector.fromArray(SPECIES, x, a), c0);
        c1 = u.fma(FloatVector.fromArray(SPECIES, x, a + 32), c1);
        c2 = u.fma(FloatVector.fromArray(SPECIES, x, a + 64), c2);
        c3 = u.fma(FloatVector.fromArray(SPECIES, x, a + 96), c3);
        c4 = u.fma(FloatVector.fromArray(SPECIES, x, a + 128), c4);
        c5 = u.fma(FloatVector.fromArray(SPECIES, x, a + 160), c5);
        c6 = u.fma(FloatVector.fromArray(SPECIES, x, a + 192), c6);
      }
      c0 = c0.fma(scale, shift);
      c0 = c0.blend(low, c0.lt(low));
      c0.blend(high, high.lt(c0)).intoArray(y, to);
      c1 = c1.fma(scale, shift);
      c1 = c1.blend(low, c1.lt(low));
      c1.blend(high, high.lt(c1)).intoArray(y, to + 16);
      c2 = c2.fma(scale, shift);
      c2 = c2.blend(low, c2.lt(low));
      c2.blend(high, high.lt(c2)).intoArray(y, to + 32);
      c3 = c3.fma(scale, shift);
      c3 = c3.blend(low, c3.lt(low));
      c3.blend(high, high.lt(c3)).intoArray(y, to + 48);
      c4 = c4.fma(scale, shift);
      c4 = c4.blend(low, c4.lt(low));
      c4.blend(high, high.lt(c4)).intoArray(y, to + 64);
      c5 = c5.fma(scale, shift);
      c5 = c5.blend(low, c5.lt(low));
      c5.blend(high, high.lt(c5)).intoArray(y, to + 80);
      c6 = c6.fma(scale, shift);
      c6 = c6.blend(low, c6.lt(low));
      c6.blend(high, high.lt(c6)).intoArray(y, to + 96);
    }
  }
}
