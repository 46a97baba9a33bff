package io.norma.kernel.compute;

import io.norma.kernel.tensor.ChannelLayout;

/**
 * The moments of doubles, without SIMD. Within a block values are taken relative to its first one,
 * so that a constant channel's mean is exact here too.
 */
final class DoubleMomentLoops {
  private DoubleMomentLoops() {}

  static void moments(double[] x, int offset, ChannelLayout layout, double[] mean, double[] sum) {
    int inner = layout.inner();
    for (int c = 0; c < layout.channels(); c++) {
      long count = 0;
      if (inner == 1) {
        for (int o = 0; o < layout.outer(); o += MomentLoops.BLOCK) {
          int part = Math.min(MomentLoops.BLOCK, layout.outer() - o);
          int at = offset + o * layout.stride() + c;
          count = block(x, at, part, layout.stride(), mean, sum, c, count);
        }
        continue;
      }
      for (int o = 0; o < layout.outer(); o++) {
        for (int i = 0; i < inner; i += MomentLoops.BLOCK) {
          int part = Math.min(MomentLoops.BLOCK, inner - i);
          int at = offset + o * layout.stride() + c * inner + i;
          count = block(x, at, part, 1, mean, sum, c, count);
        }
      }
    }
  }

  private static long block(
      double[] x,
      int offset,
      int length,
      int step,
      double[] mean,
      double[] sum,
      int c,
      long countBefore) {
    double origin = Double.isFinite(x[offset]) ? x[offset] : 0;
    double total = 0;
    for (int k = 0, i = offset; k < length; k++, i += step) {
      total += x[i] - origin;
    }
    double blockMean = origin + total / length;
    double deviations = 0;
    for (int k = 0, i = offset; k < length; k++, i += step) {
      double deviation = x[i] - blockMean;
      deviations = Math.fma(deviation, deviation, deviations);
    }
    MomentLoops.merge(mean, sum, c, countBefore, blockMean, deviations, length);
    return countBefore + length;
  }
}
