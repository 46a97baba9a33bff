package io.norma.kernel.statistics;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Mean and variance per channel of one batch-normalization layer, as normalization uses them, and γ
 * and β where they are not the layer's own: then it is a whole normalization, as a domain has one
 * of its own (Chang et al. 2019, "Domain-specific batch normalization for unsupervised domain
 * adaptation"). All have length C. The arrays are not copied; do not write to them.
 *
 * @param mean running mean μ per channel
 * @param variance running variance σ² per channel, by whichever convention it was stored
 * @param affine γ and β that go with them; {@code null} for the layer's own
 */
public record ChannelStatistics(float[] mean, float[] variance, @Nullable AffineParameters affine) {
  /**
   * @throws IllegalArgumentException if the lengths differ, a value is not finite or a variance
   *     negative
   */
  public ChannelStatistics {
    if (mean.length != variance.length) {
      throw new IllegalArgumentException(
          "mean has %d channels, variance has %d".formatted(mean.length, variance.length));
    }
    if (affine != null && affine.channels() != mean.length) {
      throw new IllegalArgumentException(
          "mean has %d channels, gamma has %d".formatted(mean.length, affine.channels()));
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

  /** With the layer's own γ and β. */
  public ChannelStatistics(float[] mean, float[] variance) {
    this(mean, variance, null);
  }

  /** The same mean and variance with these γ and β. */
  public ChannelStatistics withAffine(@Nullable AffineParameters other) {
    return new ChannelStatistics(mean, variance, other);
  }

  /** C. */
  public int channels() {
    return mean.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ChannelStatistics statistics
        && Arrays.equals(mean, statistics.mean)
        && Arrays.equals(variance, statistics.variance)
        && Objects.equals(affine, statistics.affine);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * Arrays.hashCode(mean) + Arrays.hashCode(variance)) + Objects.hashCode(affine);
  }

  @Override
  public String toString() {
    return "ChannelStatistics[channels=" + channels() + "]";
  }
}
