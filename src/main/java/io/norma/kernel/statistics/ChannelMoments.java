package io.norma.kernel.statistics;

import io.norma.kernel.compute.moments.MomentLoops;
import io.norma.kernel.compute.moments.NormalizationLoops;
import io.norma.kernel.tensor.ChannelLayout;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;

/**
 * Count, mean and sum of squared deviations per channel: {@code μ = Σx/n}, {@code M = Σ(x−μ)²}.
 *
 * <p>Moments of disjoint parts merge to the moments of the whole (Chan, Golub and LeVeque 1983,
 * equation 1.5b, written for means): with {@code δ = μ_b − μ_a} and {@code n = n_a + n_b}, {@code μ
 * = μ_a + δ·n_b/n} and {@code M = M_a + M_b + δ²·n_a·n_b/n}. All arithmetic is in double.
 *
 * <p>Immutable; the arrays are not copied, do not write to them.
 *
 * @param count values per channel, n
 * @param mean μ per channel
 * @param sumOfSquaredDeviations M per channel
 */
public record ChannelMoments(long count, double[] mean, double[] sumOfSquaredDeviations) {
  /**
   * @throws IllegalArgumentException if the lengths differ, the count is negative, or a sum of
   *     squared deviations is
   */
  public ChannelMoments {
    if (mean.length != sumOfSquaredDeviations.length) {
      throw new IllegalArgumentException(
          "mean has %d channels, sum of squared deviations has %d"
              .formatted(mean.length, sumOfSquaredDeviations.length));
    }
    if (count < 0) {
      throw new IllegalArgumentException("count must not be negative, but is " + count);
    }
    for (int c = 0; c < mean.length; c++) {
      if (sumOfSquaredDeviations[c] < 0) {
        throw new IllegalArgumentException(
            "sum of squared deviations of channel %d must not be negative, but is %s"
                .formatted(c, sumOfSquaredDeviations[c]));
      }
    }
  }

  /** The moments of no values, which change nothing when merged. */
  public static ChannelMoments empty(int channels) {
    return new ChannelMoments(0, new double[channels], new double[channels]);
  }

  /**
   * The moments of a tensor over all axes but the channels'. NaN and infinite values make the
   * moments of their own channel so, and no other's.
   *
   * @param x FP32 or FP64 of rank 2 or more
   * @param channelAxis the channels' axis; a negative one counts from the end
   * @throws IllegalArgumentException if the type, the rank or the axis does not fit
   */
  public static ChannelMoments of(Tensor x, int channelAxis) {
    ChannelLayout layout = ChannelLayout.of(x.shape(), channelAxis);
    return of(x, layout, 0, layout.outer());
  }

  /**
   * The moments of the rows that a mask keeps.
   *
   * @param keptRows for every position along the axes before the channels' whether it counts
   * @throws IllegalArgumentException if the mask's length does not fit
   */
  public static ChannelMoments of(Tensor x, int channelAxis, boolean[] keptRows) {
    ChannelLayout layout = ChannelLayout.of(x.shape(), channelAxis);
    if (keptRows.length != layout.outer()) {
      throw new IllegalArgumentException(
          "expected a mask of %d rows for shape %s and channel axis %d, got %d"
              .formatted(layout.outer(), x.shape(), channelAxis, keptRows.length));
    }
    ChannelMoments moments = empty(layout.channels());
    int from = 0;
    while (from < keptRows.length) {
      int to = from;
      while (to < keptRows.length && keptRows[to]) {
        to++;
      }
      if (to > from) {
        moments = moments.merge(of(x, layout, from, to));
      }
      from = to + 1;
    }
    return moments;
  }

  private static ChannelMoments of(Tensor x, ChannelLayout layout, int fromRow, int toRow) {
    ChannelLayout part = layout.withOuter(toRow - fromRow);
    double[] mean = new double[layout.channels()];
    double[] sum = new double[layout.channels()];
    if (part.valuesPerChannel() > 0) {
      NormalizationLoops.of(x).moments(x, fromRow * layout.stride(), part, mean, sum, 0);
    }
    return new ChannelMoments(part.valuesPerChannel(), mean, sum);
  }

  /** C. */
  public int channels() {
    return mean.length;
  }

  /** The first channel that met a NaN or an infinite value, or −1. */
  public int firstNonFiniteChannel() {
    for (int c = 0; c < mean.length; c++) {
      if (!Double.isFinite(mean[c]) || !Double.isFinite(sumOfSquaredDeviations[c])) {
        return c;
      }
    }
    return -1;
  }

  /**
   * The moments of both parts together.
   *
   * @throws IllegalArgumentException if the other has another number of channels
   */
  public ChannelMoments merge(ChannelMoments other) {
    if (other.channels() != channels()) {
      throw new IllegalArgumentException(
          "moments of %d channels do not merge with moments of %d"
              .formatted(channels(), other.channels()));
    }
    if (other.count == 0) {
      return this;
    }
    if (count == 0) {
      return other;
    }
    double[] mergedMean = mean.clone();
    double[] mergedSum = sumOfSquaredDeviations.clone();
    for (int c = 0; c < mergedMean.length; c++) {
      MomentLoops.merge(
          mergedMean,
          mergedSum,
          c,
          count,
          other.mean[c],
          other.sumOfSquaredDeviations[c],
          other.count);
    }
    return new ChannelMoments(Math.addExact(count, other.count), mergedMean, mergedSum);
  }

  /**
   * {@code M/n} per channel: what normalizes.
   *
   * @throws IllegalStateException if there are no values
   */
  public double[] populationVariance() {
    return variance(0);
  }

  /**
   * {@code M/(n−1)} per channel: what PyTorch stores.
   *
   * @throws IllegalStateException if there are fewer than two values
   */
  public double[] unbiasedVariance() {
    return variance(1);
  }

  private double[] variance(int lostDegrees) {
    if (count <= lostDegrees) {
      throw new IllegalStateException(
          "the variance needs more than %d value(s) per channel, but there are %d"
              .formatted(lostDegrees, count));
    }
    double[] variance = new double[channels()];
    for (int c = 0; c < variance.length; c++) {
      variance[c] = sumOfSquaredDeviations[c] / (count - lostDegrees);
    }
    return variance;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ChannelMoments moments
        && count == moments.count
        && Arrays.equals(mean, moments.mean)
        && Arrays.equals(sumOfSquaredDeviations, moments.sumOfSquaredDeviations);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * Long.hashCode(count) + Arrays.hashCode(mean))
        + Arrays.hashCode(sumOfSquaredDeviations);
  }

  @Override
  public String toString() {
    return "ChannelMoments[count=%d, channels=%d]".formatted(count, channels());
  }
}
