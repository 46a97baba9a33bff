package io.norma.onnx.restoration;

import org.jspecify.annotations.Nullable;

/**
 * A layer's weights as multiples of others, one factor per channel: {@code W_f[m] = s[m]·W[m]}.
 *
 * @param scale s per channel, NaN where both are zero and any would do
 * @param largest the largest |W| per channel
 * @param largestFolded the largest |W_f| per channel
 * @param same whether W_f is W itself
 */
record Scales(double[] scale, double[] largest, double[] largestFolded, boolean same) {
  /**
   * Compares all elements.
   *
   * @param folded W_f, from offset on
   * @return {@code null} if W_f is no such multiple
   */
  static @Nullable Scales of(
      float[] folded,
      int offset,
      WeightLayout foldedLayout,
      float[] original,
      WeightLayout originalLayout,
      Precision precision) {
    int channels = foldedLayout.channels();
    Scales scales =
        new Scales(new double[channels], new double[channels], new double[channels], true);
    int[] f = foldedLayout.elements();
    int[] o = originalLayout.elements();
    boolean same = true;
    for (int m = 0; m < channels; m++) {
      int f0 = offset + foldedLayout.channel(m);
      int o0 = originalLayout.channel(m);
      if (!scales.fit(m, folded, f0, f, original, o0, o, precision)) {
        return null;
      }
      same = same && isSame(folded, f0, f, original, o0, o, precision);
    }
    return new Scales(scales.scale, scales.largest, scales.largestFolded, same);
  }

  /** The factor of least squares, if it leaves no more than what was rounded away. */
  private boolean fit(
      int m,
      float[] folded,
      int f0,
      int[] f,
      float[] original,
      int o0,
      int[] o,
      Precision precision) {
    double product = 0;
    double square = 0;
    double most = 0;
    double mostFolded = 0;
    for (int e = 0; e < f.length; e++) {
      double wf = folded[f0 + f[e]];
      double w = original[o0 + o[e]];
      product += wf * w;
      square += w * w;
      most = Math.max(most, Math.abs(w));
      mostFolded = Math.max(mostFolded, Math.abs(wf));
    }
    largest[m] = most;
    largestFolded[m] = mostFolded;
    if (square == 0) {
      scale[m] = Double.NaN;
      return mostFolded == 0;
    }
    scale[m] = product / square;
    double allowed = precision.tolerance() * mostFolded + precision.floor();
    for (int e = 0; e < f.length; e++) {
      if (!(Math.abs(folded[f0 + f[e]] - scale[m] * original[o0 + o[e]]) <= allowed)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSame(
      float[] folded, int f0, int[] f, float[] original, int o0, int[] o, Precision precision) {
    for (int e = 0; e < f.length; e++) {
      if (!isSame(folded[f0 + f[e]], original[o0 + o[e]], precision)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a number of the file is one of the checkpoint, rounded as the file's are. */
  static boolean isSame(float folded, float original, Precision precision) {
    if (precision.equals(Precision.SINGLE)) {
      return folded == original;
    }
    double allowed = precision.tolerance() / 2 * Math.abs(original) + precision.floor();
    return Math.abs((double) folded - original) <= allowed;
  }
}
