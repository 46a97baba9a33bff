package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.tile.Epilogue;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * One row of a depthwise 3×3 convolution whose window moves 2 columns at a time: 7 outputs in
 * registers, the nine weights too, and each input loaded once for all outputs of its row of the
 * window. Every position is a constant away from three row offsets, so that few bounds checks
 * remain.
 */
public final class DepthwiseRowStride2 {
  /** Outputs computed at a time. */
  static final int OUTPUTS = 7;

  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;

  private DepthwiseRowStride2() {}

  /**
   * {@code y = clamp(scale·Σ_t w[t]·x[t] + shift)} for one vector of channels.
   *
   * @param rowStep distance in x between the rows of the window
   * @param w0 position of the first of nine weights, the next ones 16 on
   * @param sevens how many times 7 outputs are computed
   * @param e0 position of the scale in the epilogue's vectors
   */
  static void run(
      float[] x,
      int x0,
      int rowStep,
      float[] weights,
      int w0,
      float[] y,
      int y0,
      int sevens,
      Epilogue epilogue,
      int e0) {
    FloatVector u0 = FloatVector.fromArray(SPECIES, weights, w0);
    FloatVector u1 = FloatVector.fromArray(SPECIES, weights, w0 + 16);
    FloatVector u2 = FloatVector.fromArray(SPECIES, weights, w0 + 32);
    FloatVector u3 = FloatVector.fromArray(SPECIES, weights, w0 + 48);
    FloatVector u4 = FloatVector.fromArray(SPECIES, weights, w0 + 64);
    FloatVector u5 = FloatVector.fromArray(SPECIES, weights, w0 + 80);
    FloatVector u6 = FloatVector.fromArray(SPECIES, weights, w0 + 96);
    FloatVector u7 = FloatVector.fromArray(SPECIES, weights, w0 + 112);
    FloatVector u8 = FloatVector.fromArray(SPECIES, weights, w0 + 128);
    FloatVector scale = FloatVector.fromArray(SPECIES, epilogue.vectors, e0);
    FloatVector shift = FloatVector.fromArray(SPECIES, epilogue.vectors, e0 + epilogue.shiftDelta);
    FloatVector low = FloatVector.fromArray(SPECIES, epilogue.bounds, 0);
    FloatVector high = FloatVector.fromArray(SPECIES, epilogue.bounds, 16);
    for (int i = 0; i < sevens; i++) {
      int r0 = x0 + i * 224;
      int r1 = r0 + rowStep;
      int r2 = r1 + rowStep;
      int to = y0 + i * 112;
      FloatVector d00 = FloatVector.fromArray(SPECIES, x, r0);
      FloatVector c0 = d00.mul(u0);
      FloatVector d01 = FloatVector.fromArray(SPECIES, x, r0 + 16);
      c0 = d01.fma(u1, c0);
      FloatVector d02 = FloatVector.fromArray(SPECIES, x, r0 + 32);
      c0 = d02.fma(u2, c0);
      FloatVector c1 = d02.mul(u0);
      FloatVector d03 = FloatVector.fromArray(SPECIES, x, r0 + 48);
      c1 = d03.fma(u1, c1);
      FloatVector d04 = FloatVector.fromArray(SPECIES, x, r0 + 64);
      c1 = d04.fma(u2, c1);
      FloatVector c2 = d04.mul(u0);
      FloatVector d05 = FloatVector.fromArray(SPECIES, x, r0 + 80);
      c2 = d05.fma(u1, c2);
      FloatVector d06 = FloatVector.fromArray(SPECIES, x, r0 + 96);
      c2 = d06.fma(u2, c2);
      FloatVector c3 = d06.mul(u0);
      FloatVector d07 = FloatVector.fromArray(SPECIES, x, r0 + 112);
      c3 = d07.fma(u1, c3);
      FloatVector d08 = FloatVector.fromArray(SPECIES, x, r0 + 128);
      c3 = d08.fma(u2, c3);
      FloatVector c4 = d08.mul(u0);
      FloatVector d09 = FloatVector.fromArray(SPECIES, x, r0 + 144);
      c4 = d09.fma(u1, c4);
      FloatVector d010 = FloatVector.fromArray(SPECIES, x, r0 + 160);
      c4 = d010.fma(u2, c4);
      FloatVector c5 = d010.mul(u0);
      FloatVector d011 = FloatVector.fromArray(SPECIES, x, r0 + 176);
      c5 = d011.fma(u1, c5);
      FloatVector d012 = FloatVector.fromArray(SPECIES, x, r0 + 192);
      c5 = d012.fma(u2, c5);
      FloatVector c6 = d012.mul(u0);
      FloatVector d013 = FloatVector.fromArray(SPECIES, x, r0 + 208);
      c6 = d013.fma(u1, c6);
      FloatVector d014 = FloatVector.fromArray(SPECIES, x, r0 + 224);
      c6 = d014.fma(u2, c6);
      FloatVector d10 = FloatVector.fromArray(SPECIES, x, r1);
      c0 = d10.fma(u3, c0);
      FloatVector d11 = FloatVector.fromArray(SPECIES, x, r1 + 16);
      c0 = d11.fma(u4, c0);
      FloatVector d12 = FloatVector.fromArray(SPECIES, x, r1 + 32);
      c0 = d12.fma(u5, c0);
      c1 = d12.fma(u3, c1);
      FloatVector d13 = FloatVector.fromArray(SPECIES, x, r1 + 48);
      c1 = d13.fma(u4, c1);
      FloatVector d14 = FloatVector.fromArray(SPECIES, x, r1 + 64);
      c1 = d14.fma(u5, c1);
      c2 = d14.fma(u3, c2);
      FloatVector d15 = FloatVector.fromArray(SPECIES, x, r1 + 80);
      c2 = d15.fma(u4, c2);
      FloatVector d16 = FloatVector.fromArray(SPECIES, x, r1 + 96);
      c2 = d16.fma(u5, c2);
      c3 = d16.fma(u3, c3);
      FloatVector d17 = FloatVector.fromArray(SPECIES, x, r1 + 112);
      c3 = d17.fma(u4, c3);
      FloatVector d18 = FloatVector.fromArray(SPECIES, x, r1 + 128);
      c3 = d18.fma(u5, c3);
      c4 = d18.fma(u3, c4);
      FloatVector d19 = FloatVector.fromArray(SPECIES, x, r1 + 144);
      c4 = d19.fma(u4, c4);
      FloatVector d110 = FloatVector.fromArray(SPECIES, x, r1 + 160);
      c4 = d110.fma(u5, c4);
      c5 = d110.fma(u3, c5);
      FloatVector d111 = FloatVector.fromArray(SPECIES, x, r1 + 176);
      c5 = d111.fma(u4, c5);
      FloatVector d112 = FloatVector.fromArray(SPECIES, x, r1 + 192);
      c5 = d112.fma(u5, c5);
      c6 = d112.fma(u3, c6);
      FloatVector d113 = FloatVector.fromArray(SPECIES, x, r1 + 208);
      c6 = d113.fma(u4, c6);
      FloatVector d114 = FloatVector.fromArray(SPECIES, x, r1 + 224);
      c6 = d114.fma(u5, c6);
      FloatVector d20 = FloatVector.fromArray(SPECIES, x, r2);
      c0 = d20.fma(u6, c0);
      FloatVector d21 = FloatVector.fromArray(SPECIES, x, r2 + 16);
      c0 = d21.fma(u7, c0);
      FloatVector d22 = FloatVector.fromArray(SPECIES, x, r2 + 32);
      c0 = d22.fma(u8, c0);
      c1 = d22.fma(u6, c1);
      FloatVector d23 = FloatVector.fromArray(SPECIES, x, r2 + 48);
      c1 = d23.fma(u7, c1);
      FloatVector d24 = FloatVector.fromArray(SPECIES, x, r2 + 64);
      c1 = d24.fma(u8, c1);
      c2 = d24.fma(u6, c2);
      FloatVector d25 = FloatVector.fromArray(SPECIES, x, r2 + 80);
      c2 = d25.fma(u7, c2);
      FloatVector d26 = FloatVector.fromArray(SPECIES, x, r2 + 96);
      c2 = d26.fma(u8, c2);
      c3 = d26.fma(u6, c3);
      FloatVector d27 = FloatVector.fromArray(SPECIES, x, r2 + 112);
      c3 = d27.fma(u7, c3);
      FloatVector d28 = FloatVector.fromArray(SPECIES, x, r2 + 128);
      c3 = d28.fma(u8, c3);
      c4 = d28.fma(u6, c4);
      FloatVector d29 = FloatVector.fromArray(SPECIES, x, r2 + 144);
      c4 = d29.fma(u7, c4);
      FloatVector d210 = FloatVector.fromArray(SPECIES, x, r2 + 160);
      c4 = d210.fma(u8, c4);
      c5 = d210.fma(u6, c5);
      FloatVector d211 = FloatVector.fromArray(SPECIES, x, r2 + 176);
      c5 = d211.fma(u7, c5);
      FloatVector d212 = FloatVector.fromArray(SPECIES, x, r2 + 192);
      c5 = d212.fma(u8, c5);
      c6 = d212.fma(u6, c6);
      FloatVector d213 = FloatVector.fromArray(SPECIES, x, r2 + 208);
      c6 = d213.fma(u7, c6);
      FloatVector d214 = FloatVector.fromArray(SPECIES, x, r2 + 224);
      c6 = d214.fma(u8, c6);
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
