package io.norma.network;

import io.norma.kernel.statistics.RunningStatistics;
import java.util.List;

/**
 * Running statistics made ready for one network: a {@link BoundNormalization} for each of its
 * batch-normalization layers, in the network's order. Two floats per channel, scale and mean;
 * immutable and shared by any number of runs.
 */
public final class BoundStatistics {
  private final BoundNormalization[] layers;

  public BoundStatistics(List<BatchNormalizationLayer> layers, RunningStatistics statistics) {
    this.layers =
        layers.stream()
            .map(layer -> layer.bind(statistics.layer(layer.name())))
            .toArray(BoundNormalization[]::new);
  }

  /** A layer, by its position in {@link Network#batchNormalizations()}. */
  public BoundNormalization layer(int index) {
    return layers[index];
  }
}
