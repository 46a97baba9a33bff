package io.norma.kernel.statistics;

import io.norma.kernel.tensor.Tensor;

/**
 * Moments of two halves of the rows, every other one in each: estimates from them differ by what
 * chance makes of so few rows, as Spearman and Brown (1910) split a test in halves to see how
 * reliable it is. Both halves of a mixture are mixtures, and those of a sorted stream are sorted:
 * that, they don't see.
 */
public record SplitHalves(ChannelMoments first, ChannelMoments second) {
  /** Values per channel below which a half has no variance. */
  private static final int FEWEST = 2;

  /** No rows yet. */
  public static SplitHalves empty(int channels) {
    return new SplitHalves(ChannelMoments.empty(channels), ChannelMoments.empty(channels));
  }

  /**
   * This with the rows of one more batch.
   *
   * @param x FP32 or FP64 of shape (N, C, …)
   * @param before rows that came before it: the first row goes to the first half if they are even
   */
  public SplitHalves add(Tensor x, long before) {
    boolean[] even = new boolean[x.shape().dimension(0)];
    boolean[] odd = new boolean[even.length];
    for (int row = 0; row < even.length; row++) {
      even[row] = (before + row) % 2 == 0;
      odd[row] = !even[row];
    }
    return merge(new SplitHalves(ChannelMoments.of(x, 1, even), ChannelMoments.of(x, 1, odd)));
  }

  /** This with the halves of another part. */
  public SplitHalves merge(SplitHalves other) {
    return new SplitHalves(first.merge(other.first), second.merge(other.second));
  }

  /** Whether each half has values enough for a variance. */
  public boolean haveVariances() {
    return first.count() >= FEWEST && second.count() >= FEWEST;
  }

  /** Values per channel of both. */
  public long count() {
    return first.count() + second.count();
  }

  /** What the first half alone would be published as. */
  public ChannelStatistics firstStatistics(VarianceConvention convention) {
    return new PooledEstimate(first, convention).statistics();
  }

  /** What the second half alone would be published as. */
  public ChannelStatistics secondStatistics(VarianceConvention convention) {
    return new PooledEstimate(second, convention).statistics();
  }

  /**
   * How far the halves are apart: symmetric Kullback-Leibler divergence, mean over the channels, in
   * nats; NaN while a half has no variance.
   *
   * @param epsilon the layer's
   */
  public double distance(VarianceConvention convention, double epsilon) {
    return haveVariances()
        ? LayerDistance.between(firstStatistics(convention), secondStatistics(convention), epsilon)
            .symmetricKullbackLeibler()
        : Double.NaN;
  }
}
