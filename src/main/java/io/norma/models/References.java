package io.norma.models;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.network.Network;
import io.norma.network.VirtualNormalizations;
import io.norma.onnx.ImportResult;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the layers of a network put out on reference data: by that, virtual batch normalizations
 * stand in for those that an exporter folded away.
 *
 * @param batches how many batches were measured; grows with each
 * @param samples rows of all batches
 * @param layers moments by the names of the convolutions and dense layers, in the network's order
 */
public record References(long batches, long samples, Map<String, ChannelMoments> layers) {
  /** Weight of the new batch where a caller asks for a layer's own: PyTorch's. */
  private static final double MOMENTUM = 0.1;

  public References {
    layers = Collections.unmodifiableMap(new LinkedHashMap<>(layers));
  }

  /**
   * A network with a batch normalization behind each of the layers, and what is reported of it.
   *
   * @throws IllegalArgumentException if they are none of its layers, or there are too few values
   */
  ImportResult appliedTo(ImportResult imported) {
    Network network = imported.network();
    Map<String, ChannelStatistics> statistics = new LinkedHashMap<>();
    layers.forEach(
        (node, moments) -> statistics.put(node, VirtualNormalizations.reference(network, moments)));
    Network with = VirtualNormalizations.insert(network, statistics);
    return imported.changed(with, Map.of(), MOMENTUM);
  }

  /** What the batch normalizations are called that they make in a network. */
  public List<String> layerNames(Network network) {
    return layers.keySet().stream()
        .map(node -> VirtualNormalizations.layerName(network, node))
        .toList();
  }
}
