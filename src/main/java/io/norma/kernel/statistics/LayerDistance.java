package io.norma.kernel.statistics;

/**
 * How far the running statistics of one layer are from others, by {@link GaussianDistance} with
 * {@code σ² + ε} as the variance of each channel.
 *
 * @param symmetricKullbackLeibler J in nats, mean over the channels, so that layers compare
 * @param largestSymmetricKullbackLeibler J of the channel where it is largest
 * @param wasserstein2 √ΣW₂² over the channels: the distance of the two Gaussians with diagonal
 *     covariance
 * @param largestMeanShift the standardized shift that is largest in magnitude, with its sign
 * @param shiftedChannel where that is
 * @param largestVarianceRatio the ratio of variances, to ÷ from, that is farthest from 1 by its
 *     logarithm
 * @param rescaledChannel where that is
 */
public record LayerDistance(
    double symmetricKullbackLeibler,
    double largestSymmetricKullbackLeibler,
    double wasserstein2,
    double largestMeanShift,
    int shiftedChannel,
    double largestVarianceRatio,
    int rescaledChannel) {

  /**
   * Compares two sets of statistics of one layer.
   *
   * @param epsilon ε of the layer, above 0
   * @throws IllegalArgumentException if the numbers of channels differ
   */
  public static LayerDistance between(
      ChannelStatistics from, ChannelStatistics to, double epsilon) {
    int channels = from.channels();
    if (channels != to.channels()) {
      throw new IllegalArgumentException(
          "cannot compare %d channels with %d".formatted(channels, to.channels()));
    }
    double sum = 0;
    double largest = 0;
    double squares = 0;
    double shift = 0;
    int shiftedChannel = 0;
    double ratio = 1;
    int rescaledChannel = 0;
    for (int c = 0; c < channels; c++) {
      double fromMean = from.mean()[c];
      double toMean = to.mean()[c];
      double fromVariance = from.variance()[c] + epsilon;
      double toVariance = to.variance()[c] + epsilon;
      double divergence =
          GaussianDistance.symmetricKullbackLeibler(fromMean, fromVariance, toMean, toVariance);
      sum += divergence;
      largest = Math.max(largest, divergence);
      squares += GaussianDistance.squaredWasserstein2(fromMean, fromVariance, toMean, toVariance);
      double channelShift = GaussianDistance.standardizedShift(fromMean, fromVariance, toMean);
      if (Math.abs(channelShift) > Math.abs(shift)) {
        shift = channelShift;
        shiftedChannel = c;
      }
      double channelRatio = toVariance / fromVariance;
      if (Math.abs(Math.log(channelRatio)) > Math.abs(Math.log(ratio))) {
        ratio = channelRatio;
        rescaledChannel = c;
      }
    }
    return new LayerDistance(
        sum / Math.max(1, channels),
        largest,
        Math.sqrt(squares),
        shift,
        shiftedChannel,
        ratio,
        rescaledChannel);
  }
}
