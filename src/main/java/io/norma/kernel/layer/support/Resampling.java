package io.norma.kernel.layer.support;

import io.norma.kernel.tensor.Memory;

/**
 * How the values of a resized axis are found: every attribute of {@code Resize} that speaks of one
 * axis at a time.
 *
 * @param cubicCoefficient a of the cubic kernel
 * @param excludeOutside whether neighbours beyond the axis weigh nothing, instead of repeating its
 *     first or last value
 * @param antialias whether the kernel is stretched when the axis shrinks
 * @param extrapolation the value of what lies beyond the axis under {@link
 *     CoordinateMode#TF_CROP_AND_RESIZE}
 */
public record Resampling(
    Interpolation interpolation,
    CoordinateMode coordinates,
    NearestMode nearest,
    double cubicCoefficient,
    boolean excludeOutside,
    boolean antialias,
    double extrapolation) {

  /**
   * @throws IllegalArgumentException if nearest neighbours should be antialiased
   */
  public Resampling {
    if (antialias && interpolation == Interpolation.NEAREST) {
      throw new IllegalArgumentException("antialias needs mode 'linear' or 'cubic', not 'nearest'");
    }
  }

  /** As operator sets before 11 have it: no offset, rounding as ONNX Runtime does. */
  public static Resampling simple(Interpolation interpolation) {
    return new Resampling(
        interpolation,
        CoordinateMode.ASYMMETRIC,
        NearestMode.CEIL_WHEN_SHRINKING,
        -0.75,
        false,
        false,
        0);
  }

  /**
   * One axis: position p of it is the sum over t of {@code weights[p·taps + t]} times the original
   * at {@code indices[p·taps + t]}; where there is no weight but NaN, it is the extrapolation
   * value.
   */
  public record Axis(int taps, int[] indices, double[] weights) {
    public boolean isOutside(int position) {
      return Double.isNaN(weights[position * taps]);
    }
  }

  public Axis axis(
      double scale, int original, int resized, double start, double end, Memory memory) {
    double stretch = antialias ? Math.min(scale, 1) : 1;
    boolean nearestOnly = interpolation == Interpolation.NEAREST;
    int first = (int) Math.floor(-interpolation.radius() / stretch) + 1;
    int taps = nearestOnly ? 1 : Math.subtractExact(2, Math.multiplyExact(2, first));
    int entries = Math.multiplyExact(resized, taps);
    memory.reserve((long) entries * (Integer.BYTES + Double.BYTES));
    int[] indices = new int[entries];
    double[] weights = new double[entries];
    for (int position = 0; position < resized; position++) {
      double x = coordinates.original(position, scale, original, resized, start, end);
      int at = position * taps;
      if (coordinates == CoordinateMode.TF_CROP_AND_RESIZE && (x < 0 || x > original - 1)) {
        weights[at] = Double.NaN;
      } else if (nearestOnly) {
        // A scale is a float: its rounding must not move x off the whole number that is meant.
        indices[at] = clamp((int) nearest.round((float) x, scale), original);
        weights[at] = 1;
      } else {
        weigh(x, stretch, first, taps, original, indices, weights, at);
      }
    }
    return new Axis(taps, indices, weights);
  }

  private void weigh(
      double x,
      double stretch,
      int first,
      int taps,
      int original,
      int[] indices,
      double[] weights,
      int at) {
    int floor = (int) Math.floor(x);
    double sum = 0;
    for (int t = 0; t < taps; t++) {
      int neighbour = floor + first + t;
      boolean outside = neighbour < 0 || neighbour >= original;
      double weight =
          excludeOutside && outside
              ? 0
              : interpolation.weight((neighbour - x) * stretch, cubicCoefficient);
      indices[at + t] = clamp(neighbour, original);
      weights[at + t] = weight;
      sum += weight;
    }
    // Without stretching and excluding, the weights add up to 1 already.
    if ((stretch != 1 || excludeOutside) && sum != 0) {
      for (int t = 0; t < taps; t++) {
        weights[at + t] /= sum;
      }
    }
  }

  private static int clamp(int index, int extent) {
    return Math.clamp(index, 0, extent - 1);
  }
}
