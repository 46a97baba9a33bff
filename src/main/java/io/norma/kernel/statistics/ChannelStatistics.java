package io.norma.kernel.statistics;

import java.util.Arrays;

/**
 * Mean and variance per channel of one batch-normalization layer, as normalization uses them. Both
 * have length C. The arrays are not copied; do not write to them.
 *
 * @param mean running mean μ per channel
 * @param variance running variance σ² per channel, by whichever convention it was stored
 */
public record ChannelStatistics(float[] mean, float[] variance) {
  /**
   * @throws IllegalArgumentException if the lengths differ, a value is not finite or a variance
   *     negative
   */
  public ChannelStatistics {
    if (mean.length != variance.length) {
      throw new IllegalArgumentException(
          "mean has %d channels, variance has %d".formatted(mean.length, variance.length));
    }
    for (int c = 0; c < mean.length; c++) {
      if (!Float.isFinite(mean[c])) {
        throw new IllegalArgumentException(
            "mean of channel " + c + " must be finite, but is " + mean[c]);
      }
      if (!(variance[c] >= 0 && variance[c] <= Float.MAX_VALUE)) {
        throw new IllegalArgumentException(
            "variance of channel " + c + " must be finite and not negative, but is " + variance[c]);
      }
    }
  }

  /** C. */
  public int channels() {
    return mean.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ChannelStatistics statistics
        && Arrays.equals(mean, statistics.mean)
        && Arrays.equals(variance, statistics.variance);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(mean) + Arrays.hashCode(variance);
  }

  @Override
  public String toString() {
    return "ChannelStatistics[channels=" + channels() + "]";
  }
}
