package io.norma.kernel.statistics;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Mean and variance per channel for every batch-normalization layer of a network, by the layer's
 * name, in the network's order. Immutable.
 */
public record RunningStatistics(SequencedMap<String, ChannelStatistics> layers) {
  public RunningStatistics {
    layers = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(layers));
  }

  public RunningStatistics(Map<String, ChannelStatistics> layers) {
    this(new LinkedHashMap<>(layers));
  }

  /** What the vectors take in memory. */
  public long bytes() {
    return layers.values().stream()
        .mapToLong(layer -> (layer.affine() == null ? 2L : 4L) * layer.channels() * Float.BYTES)
        .sum();
  }

  /**
   * The statistics of one layer.
   *
   * @throws IllegalArgumentException if there is no such layer
   */
  public ChannelStatistics layer(String name) {
    ChannelStatistics layer = layers.get(name);
    if (layer == null) {
      throw new IllegalArgumentException(
          "no running statistics for layer '" + name + "'; there are some for " + layers.keySet());
    }
    return layer;
  }
}
