package io.norma.network;

import io.norma.kernel.statistics.AffineParameters;
import io.norma.kernel.statistics.ChannelStatistics;
import java.util.List;

/**
 * The learned parameters of a batch normalization; its running statistics are kept apart from them
 * and bound late, and may bring γ and β of their own. Several nodes may apply the same one.
 *
 * @param gamma γ per channel
 * @param beta β per channel
 * @param epsilon ε, above 0
 */
public record BatchNormalizationLayer(
    String name, float[] gamma, float[] beta, double epsilon, NormalizationKind kind) {
  public BatchNormalizationLayer {
    if (gamma.length != beta.length) {
      throw new IllegalArgumentException(
          "layer '%s': gamma has %d channels, beta has %d"
              .formatted(name, gamma.length, beta.length));
    }
    if (!(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "layer '%s': epsilon must be finite and above 0, but is %s".formatted(name, epsilon));
    }
  }

  /** One that the network's file has. */
  public BatchNormalizationLayer(String name, float[] gamma, float[] beta, double epsilon) {
    this(name, gamma, beta, epsilon, NormalizationKind.EXPORTED);
  }

  /** C. */
  public int channels() {
    return gamma.length;
  }

  /** γ to use with running statistics: theirs, or else the layer's. */
  public float[] gamma(ChannelStatistics statistics) {
    AffineParameters theirs = statistics.affine();
    return theirs == null ? gamma : theirs.gamma();
  }

  /** β to use with running statistics: theirs, or else the layer's. */
  public float[] beta(ChannelStatistics statistics) {
    AffineParameters theirs = statistics.affine();
    return theirs == null ? beta : theirs.beta();
  }

  /**
   * This layer by running statistics; scales are computed in double and rounded once.
   *
   * @throws IllegalArgumentException if the statistics have another number of channels
   */
  BoundNormalization bind(ChannelStatistics statistics) {
    if (statistics.channels() != channels()) {
      throw new IllegalArgumentException(
          "layer '%s' has %d channels, but its running statistics have %d"
              .formatted(name, channels(), statistics.channels()));
    }
    float[] factors = gamma(statistics);
    float[] scale = new float[channels()];
    for (int c = 0; c < scale.length; c++) {
      scale[c] = (float) (factors[c] / Math.sqrt(statistics.variance()[c] + epsilon));
    }
    return new BoundNormalization(scale, statistics.mean(), beta(statistics));
  }

  public static int indexOf(List<BatchNormalizationLayer> layers, String name) {
    for (int i = 0; i < layers.size(); i++) {
      if (layers.get(i).name().equals(name)) {
        return i;
      }
    }
    throw new IllegalArgumentException("no batch-normalization layer '" + name + "'");
  }
}
