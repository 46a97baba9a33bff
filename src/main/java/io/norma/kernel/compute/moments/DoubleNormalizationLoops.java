package io.norma.kernel.compute.moments;

import io.norma.kernel.compute.MultiplyAdd;
import io.norma.kernel.tensor.ChannelLayout;
import io.norma.kernel.tensor.Tensor;

/** Plain loops over doubles. */
public final class DoubleNormalizationLoops extends NormalizationLoops {
  private static final int BLOCK = 4096;

  @Override
  public void moments(
      Tensor x, int from, ChannelLayout layout, double[] mean, double[] sum, int at) {
    double[] values = x.doubles();
    boolean columns = layout.inner() == 1;
    int runs = columns ? 1 : layout.outer();
    int length = columns ? layout.outer() : layout.inner();
    int step = columns ? layout.stride() : 1;
    for (int c = 0; c < layout.channels(); c++) {
      long count = 0;
      for (int r = 0; r < runs; r++) {
        int run = x.offset() + from + r * layout.stride() + c * layout.inner();
        for (int i = 0; i < length; i += BLOCK) {
          int block = Math.min(BLOCK, length - i);
          blockMoments(values, run + i * step, block, step, mean, sum, at + c, count);
          count += block;
        }
      }
    }
  }

  // Relative to the first value, so that a constant channel's mean is exact.
  private static void blockMoments(
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
      deviations = MultiplyAdd.of(deviation, deviation, deviations);
    }
    MomentLoops.merge(mean, sum, c, countBefore, blockMean, deviations, length);
  }

  @Override
  public void standardize(
      Tensor x,
      Tensor y,
      int from,
      ChannelLayout layout,
      double[] mean,
      double[] scale,
      double[] shift) {
    double[] source = x.doubles();
    double[] target = y.doubles();
    for (int o = 0; o < layout.outer(); o++) {
      for (int c = 0; c < layout.channels(); c++) {
        int run = from + o * layout.stride() + c * layout.inner();
        for (int i = run; i < run + layout.inner(); i++) {
          target[y.offset() + i] =
              MultiplyAdd.of(source[x.offset() + i] - mean[c], scale[c], shift[c]);
        }
      }
    }
  }

  @Override
  public void gradientSums(
      Tensor dy,
      Tensor x,
      int from,
      ChannelLayout layout,
      Standard standard,
      GradientSums sums,
      int sumsAt) {
    double[] gradient = dy.doubles();
    double[] source = x.doubles();
    for (int o = 0; o < layout.outer(); o++) {
      for (int c = 0; c < layout.channels(); c++) {
        int run = from + o * layout.stride() + c * layout.inner();
        double sum = 0;
        double product = 0;
        for (int i = run; i < run + layout.inner(); i++) {
          double value = gradient[dy.offset() + i];
          sum += value;
          product = MultiplyAdd.of(value, source[x.offset() + i] - standard.mean()[c], product);
        }
        sums.gradient()[sumsAt + c] += sum;
        sums.product()[sumsAt + c] += product * standard.inverse()[c];
      }
    }
  }

  @Override
  public void inputGradient(
      Tensor dy,
      Tensor x,
      Tensor dx,
      int from,
      ChannelLayout layout,
      Standard standard,
      InputGradient coefficients) {
    double[] gradient = dy.doubles();
    double[] source = x.doubles();
    double[] target = dx.doubles();
    for (int o = 0; o < layout.outer(); o++) {
      for (int c = 0; c < layout.channels(); c++) {
        int run = from + o * layout.stride() + c * layout.inner();
        double mean = standard.mean()[c];
        double slope = coefficients.slope()[c] * standard.inverse()[c];
        double factor = coefficients.factor()[c];
        double shift = coefficients.shift()[c];
        for (int i = run; i < run + layout.inner(); i++) {
          double normalized = MultiplyAdd.of(slope, source[x.offset() + i] - mean, shift);
          target[dx.offset() + i] = MultiplyAdd.of(factor, gradient[dy.offset() + i], -normalized);
        }
      }
    }
  }
}
