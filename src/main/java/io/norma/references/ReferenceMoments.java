package io.norma.references;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.References;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.ExecutionObserver;
import io.norma.network.Network;
import io.norma.network.VirtualNormalizations;
import io.norma.serving.ServingException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Collects the moments of one batch behind layers, where virtual batch normalizations stand. */
final class ReferenceMoments implements ExecutionObserver {
  private final List<BatchNormalizationLayer> layers;
  private final Map<String, String> nodes = new HashMap<>();
  private final Map<String, ChannelMoments> moments = new LinkedHashMap<>();
  private final Set<String> onePixel = new HashSet<>();

  /**
   * @param with the network with a virtual batch normalization behind each of these nodes
   */
  ReferenceMoments(Network network, Network with, List<String> nodes) {
    layers = with.batchNormalizations();
    nodes.forEach(node -> this.nodes.put(VirtualNormalizations.layerName(network, node), node));
  }

  @Override
  public void beforeBatchNormalization(int layer, Tensor x) {
    String node = nodes.get(layers.get(layer).name());
    if (node == null) {
      return;
    }
    ChannelMoments seen = ChannelMoments.of(x, 1);
    int channel = seen.firstNonFiniteChannel();
    if (channel >= 0) {
      throw new ServingException.Invalid(
          "layer '%s' puts out a value that is not finite in channel %d: the batch is not added"
              .formatted(node, channel));
    }
    moments.merge(node, seen, ChannelMoments::merge);
    if (VirtualNormalizations.isOnePixel(x.shape())) {
      onePixel.add(node);
    }
  }

  /**
   * What the batch comes to.
   *
   * @param isChosen whether nobody named the layers: then gates on maps of one pixel are none
   */
  References references(int rows, boolean isChosen) {
    Map<String, ChannelMoments> measured = new LinkedHashMap<>(moments);
    if (isChosen) {
      measured.keySet().removeAll(onePixel);
    }
    return new References(1, rows, measured);
  }
}
