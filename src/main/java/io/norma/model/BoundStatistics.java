package io.norma.model;

import io.norma.kernel.statistics.RunningStatistics;
import java.util.List;

/**
 * Running statistics made ready for one network: a scale and a shift per channel for each of its
 * batch-normalization layers, in the network's order. Two floats per channel; immutable and shared
 * by any number of runs.
 */
public final class BoundStatistics {
  private final ScaleAndShift[] layers;

  BoundStatistics(List<BatchNormalizationLayer> layers, RunningStatistics statistics) {
    this.layers =
        layers.stream()
            .map(layer -> layer.bind(statistics.layer(layer.name())))
            .toArray(ScaleAndShift[]::new);
  }

  /** Scale and shift of a layer, by its position in {@link Network#batchNormalizations()}. */
  public ScaleAndShift layer(int index) {
    return layers[index];
  }
}
