package io.norma.network;

import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.Dense;
import io.norma.kernel.layer.MatMul;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Does what exporters do: batch normalizations go into the layers before them, in double. */
public final class Folding {
  private Folding() {}

  /** A network without the batch normalizations that stand behind convolutions and dense layers. */
  public static Network fold(Network network) {
    Map<String, WeightedLayer> byOutput = new HashMap<>();
    WeightedLayer.of(network).stream()
        .filter(layer -> layer.addition() == null)
        .forEach(layer -> byOutput.put(layer.output(), layer));
    Map<String, Tensor> constants = new HashMap<>(network.constants());
    Map<String, Node> folded = new HashMap<>();
    Set<String> gone = new HashSet<>();
    for (Node node : network.nodes()) {
      WeightedLayer layer = byOutput.get(node.inputs().getFirst());
      if (node.batchNormalization() != null && layer != null) {
        folded.put(layer.node().name(), fold(network, layer, node, constants));
        gone.add(node.name());
      }
    }
    List<Node> nodes = new ArrayList<>();
    for (Node node : network.nodes()) {
      if (!gone.contains(node.name())) {
        nodes.add(folded.getOrDefault(node.name(), node));
      }
    }
    Map<String, BatchNormalizationLayer> layers = new HashMap<>();
    network.batchNormalizations().forEach(layer -> layers.put(layer.name(), layer));
    return network.with(
        nodes,
        constants,
        layers,
        network.runningStatistics().layers(),
        network.varianceConvention());
  }

  private static Node fold(
      Network network, WeightedLayer layer, Node node, Map<String, Tensor> constants) {
    List<BatchNormalizationLayer> layers = network.batchNormalizations();
    BatchNormalizationLayer normalization =
        layers.get(
            BatchNormalizationLayer.indexOf(
                layers, Objects.requireNonNull(node.batchNormalization())));
    ChannelStatistics statistics = network.runningStatistics().layer(normalization.name());
    boolean rows =
        layer.node().layer() instanceof Convolution
            || (layer.node().layer() instanceof Dense dense && dense.transposeB());
    Tensor weights = layer.weights().copy();
    float[] bias = new float[layer.channels()];
    for (int i = 0; i < weights.size(); i++) {
      int channel = rows ? i / (weights.size() / bias.length) : i % bias.length;
      double scale = scale(normalization, statistics, channel);
      weights.floats()[i] = (float) (weights.floats()[i] * scale);
    }
    for (int c = 0; c < bias.length; c++) {
      double own = layer.bias() == null ? 0 : layer.bias()[c];
      double scale = scale(normalization, statistics, c);
      bias[c] = (float) (normalization.beta()[c] + (own - statistics.mean()[c]) * scale);
    }
    String name = layer.node().name();
    boolean product = layer.node().layer() instanceof MatMul;
    constants.put(name + ".folded", weights);
    constants.put(name + ".folded_bias", Tensor.of(Shape.of(bias.length), bias));
    return new Node(
        name,
        product ? "Gemm" : layer.node().operator(),
        product ? new Dense(1, 1, false, false) : layer.node().layer(),
        List.of(layer.node().inputs().getFirst(), name + ".folded", name + ".folded_bias"),
        node.outputs());
  }

  private static double scale(
      BatchNormalizationLayer layer, ChannelStatistics statistics, int channel) {
    return layer.gamma()[channel] / Math.sqrt(statistics.variance()[channel] + layer.epsilon());
  }
}
