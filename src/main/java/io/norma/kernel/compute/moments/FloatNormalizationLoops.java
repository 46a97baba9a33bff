package io.norma.kernel.compute.moments;

import io.norma.kernel.compute.MultiplyAdd;
import io.norma.kernel.tensor.ChannelLayout;
import io.norma.kernel.tensor.Tensor;

/**
 * Loops over floats: coefficients are rounded once per channel, then SIMD or its scalar twin runs
 * over the channel, or over the rows of a matrix where channels are columns. A mean μ is split into
 * the float nearest to it, the center, and a rest that goes into the shift in double.
 *
 * <p>Where a float cannot hold a coefficient to full precision, as for values near the largest
 * float, the channel is computed element by element in double.
 */
public final class FloatNormalizationLoops extends NormalizationLoops {
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
      double[] shift) {
    // Each element is read once, before it is written: y may be x.
    if (fit(mean, scale, layout.channels())) {
      standardizeFloats(x, y, from, layout, mean, scale, shift, 0);
      return;
    }
    ChannelLayout one = layout.withChannels(1);
    for (int c = 0; c < layout.channels(); c++) {
      int first = from + c * layout.inner();
      if (fits(mean[c], scale[c])) {
        standardizeFloats(x, y, first, one, mean, scale, shift, c);
      } else {
        standardizeExactly(x, y, first, one, mean[c], scale[c], shift[c]);
      }
    }
  }

  private static void standardizeFloats(
      Tensor x,
      Tensor y,
      int from,
      ChannelLayout layout,
      double[] mean,
      double[] scale,
      double[] shift,
      int at) {
    int channels = layout.channels();
    float[] centers = rounded(mean, at, channels);
    float[] offsets = new float[channels];
    for (int c = 0; c < channels; c++) {
      // What the center lacks of the mean; there is a center, or the channel would not fit.
      double rest = mean[at + c] - centers[c];
      offsets[c] = (float) (shift[at + c] - rest * scale[at + c]);
    }
    CenteredAffine.apply(
        x.floats(),
        x.offset() + from,
        y.floats(),
        y.offset() + from,
        layout,
        centers,
        rounded(scale, at, channels),
        offsets);
  }

  private static void standardizeExactly(
      Tensor x, Tensor y, int from, ChannelLayout one, double mean, double scale, double shift) {
    for (int o = 0; o < one.outer(); o++) {
      int run = from + o * one.stride();
      for (int i = run; i < run + one.inner(); i++) {
        y.floats()[y.offset() + i] =
            (float) MultiplyAdd.of(x.floats()[x.offset() + i] - mean, scale, shift);
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
    int channels = layout.channels();
    float[] center = rounded(standard.mean(), 0, channels);
    GradientSums part = floatSums(dy, x, from, layout, center);
    for (int c = 0; c < channels; c++) {
      if (standard.exact()[c]) {
        int first = from + c * layout.inner();
        exactSums(dy, x, first, layout, standard, c, sums, sumsAt + c);
        continue;
      }
      double gradient = part.gradient()[c];
      double deviations = part.product()[c] - gradient * rest(standard.mean()[c]);
      sums.gradient()[sumsAt + c] += gradient;
      sums.product()[sumsAt + c] += deviations * standard.inverse()[c];
    }
  }

  /** {@code Σ dy} and {@code Σ dy·(x − center)} per channel. */
  private static GradientSums floatSums(
      Tensor dy, Tensor x, int from, ChannelLayout layout, float[] center) {
    GradientLoops loops = GradientLoops.get();
    float[] dys = dy.floats();
    float[] xs = x.floats();
    int dyOffset = dy.offset() + from;
    int xOffset = x.offset() + from;
    if (MomentLoops.standsTogether(layout)) {
      GradientSums sums = new GradientSums(layout.channels());
      loops.runSums(dys, dyOffset, xs, xOffset, layout, center, sums.gradient(), sums.product());
      return sums;
    }
    FoldedRows rows = FoldedRows.of(layout);
    float[] centers = rows.perColumn(center);
    GradientSums sums = new GradientSums(rows.columns());
    double[] gradient = sums.gradient();
    double[] product = sums.product();
    int stride = rows.stride();
    loops.columnSums(
        dys,
        dyOffset,
        xs,
        xOffset,
        rows.count(),
        stride,
        rows.columns(),
        centers,
        gradient,
        product);
    if (rows.restColumns() > 0) {
      int rest = rows.restOffset();
      loops.columnSums(
          dys,
          dyOffset + rest,
          xs,
          xOffset + rest,
          1,
          0,
          rows.restColumns(),
          centers,
          gradient,
          product);
    }
    return new GradientSums(rows.perChannel(gradient), rows.perChannel(product));
  }

  private static void exactSums(
      Tensor dy,
      Tensor x,
      int from,
      ChannelLayout layout,
      Standard standard,
      int c,
      GradientSums sums,
      int sumsAt) {
    for (int o = 0; o < layout.outer(); o++) {
      int run = from + o * layout.stride();
      for (int i = run; i < run + layout.inner(); i++) {
        double gradient = dy.floats()[dy.offset() + i];
        double deviation = x.floats()[x.offset() + i] - standard.mean()[c];
        sums.gradient()[sumsAt] += gradient;
        sums.product()[sumsAt] += gradient * deviation * standard.inverse()[c];
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
    float[][] vectors = gradientVectors(layout.channels(), standard, coefficients);
    GradientLoops loops = GradientLoops.get();
    float[] dys = dy.floats();
    float[] xs = x.floats();
    float[] dxs = dx.floats();
    int dyOffset = dy.offset() + from;
    int xOffset = x.offset() + from;
    int dxOffset = dx.offset() + from;
    if (MomentLoops.standsTogether(layout)) {
      loops.runGradient(dys, dyOffset, xs, xOffset, dxs, dxOffset, layout, vectors);
    } else {
      FoldedRows rows = FoldedRows.elementwise(layout);
      float[][] columns = rows.perColumn(vectors);
      int count = rows.count();
      int stride = rows.stride();
      loops.columnGradient(
          dys, dyOffset, xs, xOffset, dxs, dxOffset, count, stride, rows.columns(), columns);
      if (rows.restColumns() > 0) {
        int rest = rows.restOffset();
        loops.columnGradient(
            dys,
            dyOffset + rest,
            xs,
            xOffset + rest,
            dxs,
            dxOffset + rest,
            1,
            0,
            rows.restColumns(),
            columns);
      }
    }
    for (int c = 0; c < layout.channels(); c++) {
      if (standard.exact()[c]) {
        int first = from + c * layout.inner();
        exactGradient(dy, x, dx, first, layout, standard, coefficients, c);
      }
    }
  }

  /** Center, factor, slope and shift, the latter two negative as they are added. */
  private static float[][] gradientVectors(
      int channels, Standard standard, InputGradient coefficients) {
    float[] slope = new float[channels];
    float[] shift = new float[channels];
    for (int c = 0; c < channels; c++) {
      double steepness = coefficients.slope()[c] * standard.inverse()[c];
      slope[c] = (float) -steepness;
      shift[c] = (float) (steepness * rest(standard.mean()[c]) - coefficients.shift()[c]);
    }
    return new float[][] {
      rounded(standard.mean(), 0, channels),
      rounded(coefficients.factor(), 0, channels),
      slope,
      shift
    };
  }

  private static void exactGradient(
      Tensor dy,
      Tensor x,
      Tensor dx,
      int from,
      ChannelLayout layout,
      Standard standard,
      InputGradient coefficients,
      int c) {
    double slope = coefficients.slope()[c];
    double shift = coefficients.shift()[c];
    for (int o = 0; o < layout.outer(); o++) {
      int run = from + o * layout.stride();
      for (int i = run; i < run + layout.inner(); i++) {
        double normalized =
            (x.floats()[x.offset() + i] - standard.mean()[c]) * standard.inverse()[c];
        dx.floats()[dx.offset() + i] =
            (float)
                MultiplyAdd.of(
                    coefficients.factor()[c],
                    dy.floats()[dy.offset() + i],
                    -MultiplyAdd.of(slope, normalized, shift));
      }
    }
  }

  private static boolean fit(double[] mean, double[] scale, int channels) {
    for (int c = 0; c < channels; c++) {
      if (!fits(mean[c], scale[c])) {
        return false;
      }
    }
    return true;
  }

  private static boolean fits(double mean, double scale) {
    return !(Math.abs(mean) > LARGEST) && !(Math.abs(scale) < SMALLEST && scale != 0);
  }

  /** What the float nearest to a mean lacks; 0 where there is no such float. */
  private static double rest(double mean) {
    float center = (float) mean;
    return Float.isInfinite(center) ? 0 : mean - center;
  }

  private static float[] rounded(double[] values, int at, int channels) {
    float[] floats = new float[channels];
    for (int c = 0; c < channels; c++) {
      floats[c] = (float) values[at + c];
    }
    return floats;
  }
}
