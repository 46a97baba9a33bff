package io.norma.network;

import io.norma.kernel.statistics.RunningStatistics;
import java.util.List;

/**
 * Running statistics made ready for one network: a {@link BoundNormalization} for each of its
 * batch-normalization layers, in the network's order. Two floats per channel, scale and mean, and β
 * where it is the statistics' own; immutable and shared by any number of runs.
 */
public final class BoundStatistics {
  private final BoundNormalization[] layers;
  private final long bytes;

  public BoundStatistics(List<BatchNormalizationLayer> layers, RunningStatistics statistics) {
    this.layers =
        layers.stream()
            .map(layer -> layer.bind(statistics.layer(layer.name())))
            .toArray(BoundNormalization[]::new);
    bytes =
        statistics.layers().values().stream()
            .mapToLong(layer -> (layer.affine() == null ? 2L : 3L) * layer.channels() * Float.BYTES)
            .sum();
  }

  /** What it takes in memory beside the network. */
  public long bytes() {
    return bytes;
  }

  /** A layer, by its position in {@link Network#batchNormalizations()}. */
  public BoundNormalization layer(int index) {
    return layers[index];
  }
}
