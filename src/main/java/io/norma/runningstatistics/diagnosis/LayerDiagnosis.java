package io.norma.runningstatistics.diagnosis;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.LayerDistance;
import io.norma.kernel.statistics.PooledEstimate;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.network.BatchNormalizationLayer;
import io.norma.runningstatistics.diagnosis.LayerWatch.Sight;
import org.jspecify.annotations.Nullable;

/**
 * What a batch tells of one layer's running statistics.
 *
 * @param layer its name
 * @param valuesPerChannel how many the moments of the batch are of
 * @param distance from the running statistics to the moments of the batch; {@code null} where these
 *     are of one value per channel or not finite
 * @param chance how far they would be by chance; {@code null} as well, or where there is one row
 * @param beyondChance whether they are farther than chance explains; {@code null} as chance is
 * @param unset whether every mean is 0 and every variance 1, as before any training
 * @param nearZeroVariances channels whose running variance is below ε
 * @param constantInBatch channels whose variance in the batch is below ε
 * @param largestGain by what running statistics scale a channel more than the batch's own would,
 *     the largest of those whose running variance is below ε; 1 where there is none
 * @param outputDifference between what the layer puts out in training and in evaluation: the root
 *     mean square of the difference, relative to that of training; {@code null} if that cannot be
 *     told
 */
public record LayerDiagnosis(
    String layer,
    long valuesPerChannel,
    @Nullable LayerDistance distance,
    @Nullable Chance chance,
    @Nullable Boolean beyondChance,
    boolean unset,
    int nearZeroVariances,
    int constantInBatch,
    double largestGain,
    @Nullable Double outputDifference) {
  /** From here on a layer is far, in nats: a shift by a third of a deviation comes to that. */
  static final double FAR = 0.1;

  /** Chance alone exceeds so many times what is expected of it in one of 370 layers or less. */
  static final double BEYOND_CHANCE = 9;

  /**
   * The logarithm of the variance of N normal values is farther from 0 than the standard error of
   * the variance says, while N is small: all in all by about {@code 1 + 4/(N−1)}, 5 for 2, 3 for 3
   * and 1.1 for 32.
   */
  private static final double FEW_ROWS = 4;

  /**
   * What is expected of chance, if the batch comes from where the running statistics do.
   *
   * @param symmetricKullbackLeibler mean over the channels, in nats: {@code se²(μ)/σ² +
   *     ½·se²(σ²)/σ⁴}, which the divergence is near to while it is small
   * @param meanShift root mean square over the channels of {@code se(μ)/σ}
   * @param outputDifference of the layer alone, as it is defined above: {@code Σ γ²·(se²(μ)/σ² +
   *     ¼·se²(σ²)/σ⁴) / Σ (γ² + β²)}, square root
   */
  public record Chance(double symmetricKullbackLeibler, double meanShift, double outputDifference) {
    static Chance of(BatchNormalizationLayer layer, ChannelMoments moments, SamplingError error) {
      double divergence = 0;
      double shift = 0;
      double difference = 0;
      double output = 0;
      int channels = layer.channels();
      for (int c = 0; c < channels; c++) {
        double variance = moments.sumOfSquaredDeviations()[c] / moments.count() + layer.epsilon();
        double ofMean = error.ofMean()[c] / variance;
        double ofVariance = error.ofVariance()[c] / (variance * variance);
        double gamma = layer.gamma()[c];
        double beta = layer.beta()[c];
        divergence += ofMean + ofVariance / 2;
        shift += ofMean;
        difference += gamma * gamma * (ofMean + ofVariance / 4);
        output += gamma * gamma + beta * beta;
      }
      return new Chance(
          divergence / channels,
          Math.sqrt(shift / channels),
          output > 0 ? Math.sqrt(difference / output) : 0);
    }
  }

  /**
   * Of a layer.
   *
   * @param running what evaluation normalizes by
   * @param sight of training, or of evaluation where there is no training
   * @param outputDifference as it is answered
   */
  static LayerDiagnosis of(
      BatchNormalizationLayer layer,
      ChannelStatistics running,
      Sight sight,
      @Nullable Double outputDifference) {
    ChannelMoments moments = sight.moments();
    boolean unset = true;
    int nearZero = 0;
    int constant = 0;
    double gain = 1;
    for (int c = 0; c < layer.channels(); c++) {
      double variance = running.variance()[c];
      double own = moments.sumOfSquaredDeviations()[c] / moments.count();
      unset &= running.mean()[c] == 0 && variance == 1;
      constant += own < layer.epsilon() ? 1 : 0;
      if (variance < layer.epsilon()) {
        nearZero++;
        gain = Math.max(gain, Math.sqrt((own + layer.epsilon()) / (variance + layer.epsilon())));
      }
    }
    boolean told = moments.count() > 1 && moments.firstNonFiniteChannel() < 0;
    Chance chance =
        told && sight.chance().rows() > 1 ? Chance.of(layer, moments, sight.chance()) : null;
    return new LayerDiagnosis(
        layer.name(),
        moments.count(),
        told ? distance(layer, running, moments) : null,
        chance,
        chance == null
            ? null
            : deviation(layer, running, moments)
                > BEYOND_CHANCE
                    * (1 + FEW_ROWS / (sight.chance().rows() - 1))
                    * chance.symmetricKullbackLeibler(),
        unset,
        nearZero,
        moments.count() > 1 ? constant : 0,
        gain,
        outputDifference);
  }

  private static @Nullable LayerDistance distance(
      BatchNormalizationLayer layer, ChannelStatistics running, ChannelMoments moments) {
    try {
      return LayerDistance.between(
          running,
          new PooledEstimate(moments, VarianceConvention.POPULATION).statistics(),
          layer.epsilon());
    } catch (IllegalArgumentException _) {
      // Moments that float32 does not hold could be no running statistics.
      return null;
    }
  }

  /**
   * The mean over the channels of {@code 2·(μ_b − μ_r)²/(σ_b² + σ_r²) + ½·ln²(σ_b²/σ_r²)}, with ε
   * in the variances. It is near to the symmetric Kullback-Leibler divergence while that is small,
   * but does not run away with the variance of two or three values, which chance makes as small as
   * it likes.
   */
  private static double deviation(
      BatchNormalizationLayer layer, ChannelStatistics running, ChannelMoments moments) {
    double sum = 0;
    for (int c = 0; c < layer.channels(); c++) {
      double shift = moments.mean()[c] - running.mean()[c];
      double own = moments.sumOfSquaredDeviations()[c] / moments.count() + layer.epsilon();
      double variance = running.variance()[c] + layer.epsilon();
      double logarithm = Math.log(own / variance);
      sum += 2 * shift * shift / (own + variance) + logarithm * logarithm / 2;
    }
    return sum / layer.channels();
  }

  /** Whether they are so far that it matters, and beyond chance. */
  boolean isFar() {
    return distance != null
        && distance.symmetricKullbackLeibler() >= FAR
        && Boolean.TRUE.equals(beyondChance);
  }

  double divergence() {
    return distance == null ? 0 : distance.symmetricKullbackLeibler();
  }
}
