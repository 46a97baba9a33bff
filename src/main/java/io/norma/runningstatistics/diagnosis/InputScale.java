package io.norma.runningstatistics.diagnosis;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.network.BatchNormalizationLayer;
import java.util.Arrays;
import java.util.Locale;

/**
 * By what factor an input is larger than in training, as the first batch normalization tells: what
 * stands before it is linear in most networks, so all deviations of its channels are larger by that
 * factor.
 *
 * @param factor median over the channels of {@code σ_batch/σ_running}; 1 where none can be compared
 * @param spread half the distance of the quartiles of its logarithm
 */
record InputScale(double factor, double spread) {
  /** Channels that agree better than that speak of one factor. */
  private static final double AGREEMENT = 0.1;

  /** What is nearer to 1 than by this factor or its inverse is no scale. */
  private static final double LEAST = 1.5;

  /** Samples of pixels go up to 255. */
  private static final double PIXELS = 255;

  /** By how much one may be off for what is in the pictures. */
  private static final double NEAR = 1.6;

  /** Of the first layer. */
  static InputScale of(
      BatchNormalizationLayer layer, ChannelStatistics running, ChannelMoments moments) {
    double[] logarithms = new double[layer.channels()];
    int count = 0;
    for (int c = 0; c < logarithms.length; c++) {
      double own = moments.sumOfSquaredDeviations()[c] / moments.count();
      if (running.variance()[c] > layer.epsilon() && own > 0) {
        logarithms[count++] = Math.log(own / running.variance()[c]) / 2;
      }
    }
    if (count == 0) {
      return new InputScale(1, 0);
    }
    Arrays.sort(logarithms, 0, count);
    return new InputScale(
        Math.exp((logarithms[(count - 1) / 2] + logarithms[count / 2]) / 2),
        (logarithms[(3 * count - 1) / 4] - logarithms[count / 4]) / 2);
  }

  /** Whether the channels agree on a factor that is none of chance. */
  boolean isCommon() {
    return spread <= AGREEMENT && Math.abs(Math.log(factor)) >= Math.log(LEAST);
  }

  /** What that factor comes of. */
  String hint() {
    return String.format(
        Locale.ROOT,
        "all of its channels vary about %.3g times as much as in training: %s",
        factor,
        isNear(PIXELS)
            ? "as of pixels from 0 to 255 in place of 0 to 1; divide the input by 255"
            : isNear(1 / PIXELS)
                ? "as of pixels from 0 to 1 in place of 0 to 255; multiply the input by 255"
                : "the input has another scale; compare how it is scaled with the training's");
  }

  private boolean isNear(double known) {
    return Math.abs(Math.log(factor / known)) < Math.log(NEAR);
  }
}
