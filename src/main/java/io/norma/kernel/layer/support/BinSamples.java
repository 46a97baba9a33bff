package io.norma.kernel.layer.support;

import java.util.Arrays;

/**
 * Samples that lie evenly in a part of an axis, and the pixels that they are interpolated of: two
 * for each, with their weights. A sample more than a pixel outside of the axis is 0 and has none.
 */
public final class BinSamples {
  private final int samples;
  private final int[] pixels;
  private final float[] weights;
  private final boolean reachesOut;

  private BinSamples(int samples, int[] pixels, float[] weights, boolean reachesOut) {
    this.samples = samples;
    this.pixels = pixels;
    this.weights = weights;
    this.reachesOut = reachesOut;
  }

  /**
   * How many samples can lie on an axis at most.
   *
   * @param ratio samples of a bin, or 0 for as many as it has pixels, which are then more than half
   *     a pixel apart, or one
   */
  public static long most(int extent, int ratio) {
    return ratio > 0 ? ratio : 2L * (extent + 2) + 1;
  }

  /**
   * The samples of a bin.
   *
   * @param start where the bin begins
   * @param length of the bin
   * @param samples how many; none if below 1
   * @param extent pixels of the axis
   */
  public static BinSamples of(float start, float length, int samples, int extent) {
    int count = extent == 0 ? 0 : Math.max(samples, 0);
    int[] pixels = new int[16];
    float[] weights = new float[16];
    int used = 0;
    for (int i = firstInside(start, length / count, count); i < count; i++) {
      float position = start + (i + 0.5f) * length / count;
      if (!(position >= -1 && position <= extent)) {
        boolean comesIn = used == 0 && (length > 0 ? position < -1 : position > extent);
        if (comesIn) {
          continue;
        }
        break;
      }
      if (used == pixels.length) {
        pixels = Arrays.copyOf(pixels, 2 * used);
        weights = Arrays.copyOf(weights, 2 * used);
      }
      float clamped = Math.max(position, 0);
      int low = Math.min((int) clamped, extent - 1);
      int high = Math.min(low + 1, extent - 1);
      float ofHigh = low == high ? 0 : clamped - low;
      pixels[used] = low;
      weights[used++] = 1 - ofHigh;
      pixels[used] = high;
      weights[used++] = ofHigh;
    }
    return new BinSamples(
        count, Arrays.copyOf(pixels, used), Arrays.copyOf(weights, used), used / 2 < count);
  }

  /** A sample at or a little before the first one inside: a region may begin far before the map. */
  private static int firstInside(float start, double step, int count) {
    if (!(step > 0 && start < -1)) {
      return 0;
    }
    double estimate = (-1 - (double) start) / step;
    return (int) Math.clamp(estimate * (1 - 1e-5) - 2, 0, count);
  }

  /** How many samples there are, inside and outside. */
  public int samples() {
    return samples;
  }

  /** Whether a sample lies outside. */
  public boolean reachesOut() {
    return reachesOut;
  }

  /** How many pixels the samples are of, two for each. */
  public int pixels() {
    return pixels.length;
  }

  public int pixel(int index) {
    return pixels[index];
  }

  public float weight(int index) {
    return weights[index];
  }
}
