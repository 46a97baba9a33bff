package io.norma.kernel.compute;

import io.norma.kernel.tensor.ChannelLayout;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;

/**
 * Loops over floats: coefficients are split and rounded once per channel, then SIMD or its scalar
 * twin runs over the channel, or over the rows of a matrix where channels are columns.
 *
 * <p>Where a float cannot hold a coefficient to full precision, as for values near the largest
 * float, the channel is computed element by element in double.
 */
final class FloatNormalizationLoops extends NormalizationLoops {
  /** Below, products with values of a batch come near floats without full precision. */
  private static final double SMALLEST = 1e-30;

  /** Above, the difference of two values may overflow. */
  private static final double LARGEST = 1e38;

  @Override
  public void moments(
      Tensor x, int from, ChannelLayout layout, double[] mean, double[] sum, int at) {
    MomentLoops.get().moments(x.floats(), x.offset() + from, layout, mean, sum, at);
  }

  @Override
  public void standardize(
      Tensor x,
      Tensor y,
      int from,
      ChannelLayout layout,
      double[] mean,
      double[] scale,
      double[] shift,
      int at) {
    // Each element is read once, before it is written: y may be x.
    if (!MomentLoops.standsTogether(layout) && fit(mean, scale, at, layout.channels())) {
      standardizeColumns(x, y, from, layout, mean, scale, shift, at);
      return;
    }
    // In the order of memory: a channel at a time jumps from row to row.
    for (int o = 0; o < layout.outer(); o++) {
      for (int c = 0; c < layout.channels(); c++) {
        int run = from + o * layout.stride() + c * layout.inner();
        standardizeRun(x, y, run, layout.inner(), mean[at + c], scale[at + c], shift[at + c]);
      }
    }
  }

  private static void standardizeRun(
      Tensor x, Tensor y, int run, int length, double mean, double scale, double shift) {
    float[] source = x.floats();
    float[] target = y.floats();
    int sourceOffset = x.offset() + run;
    int targetOffset = y.offset() + run;
    if (fits(mean, scale)) {
      CenteredAffineLoops.get()
          .channel(
              source,
              sourceOffset,
              target,
              targetOffset,
              length,
              (float) mean,
              low(mean),
              (float) scale,
              (float) shift);
      return;
    }
    for (int i = 0; i < length; i++) {
      target[targetOffset + i] = (float) Math.fma(source[sourceOffset + i] - mean, scale, shift);
    }
  }

  private static void standardizeColumns(
      Tensor x,
      Tensor y,
      int from,
      ChannelLayout layout,
      double[] mean,
      double[] scale,
      double[] shift,
      int at) {
    float[][] vectors = {
      rounded(mean, at, layout),
      lows(mean, at, layout),
      rounded(scale, at, layout),
      rounded(shift, at, layout)
    };
    CenteredAffineLoops.get()
        .columns(
            x.floats(),
            x.offset() + from,
            y.floats(),
            y.offset() + from,
            layout.outer(),
            layout.stride(),
            vectors);
  }

  @Override
  public void gradientSums(
      Tensor dy,
      Tensor x,
      int from,
      ChannelLayout layout,
      Standard standard,
      int at,
      GradientSums sums,
      int sumsAt) {
    GradientLoops loops = GradientLoops.get();
    if (MomentLoops.standsTogether(layout)) {
      for (int c = 0; c < layout.channels(); c++) {
        double mean = standard.mean()[at + c];
        float inverse = (float) standard.inverse()[at + c];
        for (int o = 0; o < layout.outer(); o++) {
          int run = from + o * layout.stride() + c * layout.inner();
          if (!standard.exact()[at + c]) {
            loops.channelSums(
                dy.floats(),
                dy.offset() + run,
                x.floats(),
                x.offset() + run,
                layout.inner(),
                (float) mean,
                low(mean),
                inverse,
                sums.gradient(),
                sums.product(),
                sumsAt + c);
          } else {
            exactSums(dy, x, run, layout.inner(), standard, at + c, sums, sumsAt + c);
          }
        }
      }
      return;
    }
    columnSums(dy, x, from, layout, standard, at, sums, sumsAt);
  }

  private static void columnSums(
      Tensor dy,
      Tensor x,
      int from,
      ChannelLayout layout,
      Standard standard,
      int at,
      GradientSums sums,
      int sumsAt) {
    float[][] vectors = {
      rounded(standard.mean(), at, layout),
      lows(standard.mean(), at, layout),
      rounded(standard.inverse(), at, layout)
    };
    GradientSums columns = new GradientSums(vectors[0].length);
    GradientLoops.get()
        .columnSums(
            dy.floats(),
            dy.offset() + from,
            x.floats(),
            x.offset() + from,
            layout.outer(),
            layout.stride(),
            vectors,
            columns.gradient(),
            columns.product());
    for (int column = 0; column < vectors[0].length; column++) {
      int c = column / layout.inner();
      if (!standard.exact()[at + c]) {
        sums.gradient()[sumsAt + c] += columns.gradient()[column];
        sums.product()[sumsAt + c] += columns.product()[column];
      } else {
        for (int o = 0; o < layout.outer(); o++) {
          int i = from + o * layout.stride() + column;
          exactSums(dy, x, i, 1, standard, at + c, sums, sumsAt + c);
        }
      }
    }
  }

  private static void exactSums(
      Tensor dy,
      Tensor x,
      int run,
      int length,
      Standard standard,
      int c,
      GradientSums sums,
      int sumsAt) {
    for (int i = run; i < run + length; i++) {
      double gradient = dy.floats()[dy.offset() + i];
      double deviation = x.floats()[x.offset() + i] - standard.mean()[c];
      sums.gradient()[sumsAt] += gradient;
      sums.product()[sumsAt] += gradient * deviation * standard.inverse()[c];
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
      InputGradient coefficients,
      int at) {
    boolean together = MomentLoops.standsTogether(layout);
    if (!together) {
      columnGradient(dy, x, dx, from, layout, standard, coefficients, at);
    }
    for (int c = 0; c < layout.channels(); c++) {
      double mean = standard.mean()[at + c];
      boolean fits = !standard.exact()[at + c];
      if (fits && !together) {
        continue;
      }
      float[] k = {
        (float) mean,
        low(mean),
        (float) standard.inverse()[at + c],
        (float) coefficients.factor()[at + c],
        (float) coefficients.shift()[at + c],
        (float) coefficients.slope()[at + c]
      };
      for (int o = 0; o < layout.outer(); o++) {
        int run = from + o * layout.stride() + c * layout.inner();
        if (fits) {
          GradientLoops.get()
              .channelGradient(
                  dy.floats(),
                  dy.offset() + run,
                  x.floats(),
                  x.offset() + run,
                  dx.floats(),
                  dx.offset() + run,
                  layout.inner(),
                  k);
        } else {
          exactGradient(dy, x, dx, run, layout.inner(), standard, coefficients, at + c);
        }
      }
    }
  }

  private static void columnGradient(
      Tensor dy,
      Tensor x,
      Tensor dx,
      int from,
      ChannelLayout layout,
      Standard standard,
      InputGradient coefficients,
      int at) {
    float[][] vectors = {
      rounded(standard.mean(), at, layout),
      lows(standard.mean(), at, layout),
      rounded(standard.inverse(), at, layout),
      rounded(coefficients.factor(), at, layout),
      rounded(coefficients.shift(), at, layout),
      rounded(coefficients.slope(), at, layout)
    };
    GradientLoops.get()
        .columnGradient(
            dy.floats(),
            dy.offset() + from,
            x.floats(),
            x.offset() + from,
            dx.floats(),
            dx.offset() + from,
            layout.outer(),
            layout.stride(),
            vectors);
  }

  private static void exactGradient(
      Tensor dy,
      Tensor x,
      Tensor dx,
      int run,
      int length,
      Standard standard,
      InputGradient coefficients,
      int c) {
    double slope = coefficients.slope()[c];
    double shift = coefficients.shift()[c];
    for (int i = run; i < run + length; i++) {
      double normalized = (x.floats()[x.offset() + i] - standard.mean()[c]) * standard.inverse()[c];
      dx.floats()[dx.offset() + i] =
          (float)
              Math.fma(
                  coefficients.factor()[c],
                  dy.floats()[dy.offset() + i],
                  -Math.fma(slope, normalized, shift));
    }
  }

  private static boolean fit(double[] mean, double[] scale, int at, int channels) {
    for (int c = at; c < at + channels; c++) {
      if (!fits(mean[c], scale[c])) {
        return false;
      }
    }
    return true;
  }

  private static boolean fits(double mean, double scale) {
    return !(Math.abs(mean) > LARGEST) && !(Math.abs(scale) < SMALLEST && scale != 0);
  }

  private static float low(double mean) {
    float high = (float) mean;
    return Float.isInfinite(high) ? 0 : (float) (mean - high);
  }

  private static float[] lows(double[] mean, int at, ChannelLayout layout) {
    int inner = layout.inner();
    float[] columns = new float[layout.channels() * inner];
    for (int c = 0; c < layout.channels(); c++) {
      Arrays.fill(columns, c * inner, (c + 1) * inner, low(mean[at + c]));
    }
    return columns;
  }

  /** One value per column of the matrix that the layout's rows make. */
  private static float[] rounded(double[] values, int at, ChannelLayout layout) {
    int inner = layout.inner();
    float[] columns = new float[layout.channels() * inner];
    for (int c = 0; c < layout.channels(); c++) {
      Arrays.fill(columns, c * inner, (c + 1) * inner, (float) values[at + c]);
    }
    return columns;
  }
}
