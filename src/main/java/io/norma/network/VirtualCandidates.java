package io.norma.network;

import io.norma.kernel.layer.Add;
import io.norma.kernel.layer.AveragePool;
import io.norma.kernel.layer.GlobalAveragePool;
import io.norma.kernel.layer.GlobalMaxPool;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.LpPool;
import io.norma.kernel.layer.MaxPool;
import io.norma.kernel.layer.Multiply;
import io.norma.kernel.layer.PRelu;
import io.norma.kernel.layer.Reduction;
import io.norma.kernel.layer.SameShapes;
import io.norma.kernel.layer.Sum;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which layers of a network a virtual batch normalization may stand behind, and does by default.
 */
final class VirtualCandidates {
  private static final Set<String> ACTIVATIONS =
      Set.of(
          "Celu",
          "Clip",
          "Elu",
          "Gelu",
          "HardSigmoid",
          "HardSwish",
          "LeakyRelu",
          "Mish",
          "PRelu",
          "Relu",
          "Selu",
          "Sigmoid",
          "Softplus",
          "Softsign",
          "Swish",
          "Tanh",
          "ThresholdedRelu");

  /** What may stand between the last layer and an output. */
  private static final Set<String> AT_THE_END =
      Set.of(
          "ArgMax",
          "Cast",
          "Concat",
          "DepthToSpace",
          "Flatten",
          "Gather",
          "HardSigmoid",
          "Identity",
          "LogSoftmax",
          "ReduceMax",
          "Reshape",
          "Resize",
          "Sigmoid",
          "Slice",
          "Softmax",
          "Split",
          "Squeeze",
          "Tanh",
          "TopK",
          "Transpose",
          "Unsqueeze",
          "Upsample");

  private final Network network;
  private final ValueUses uses;
  private final List<WeightedLayer> layers;
  private final Map<String, Node> makers = new HashMap<>();
  private final Map<String, List<Node>> readers = new HashMap<>();
  private final Set<String> outputs = new HashSet<>();

  VirtualCandidates(Network network) {
    this.network = network;
    uses = new ValueUses(network);
    layers = WeightedLayer.of(network);
    for (Node node : network.nodes()) {
      node.outputs().forEach(output -> makers.put(output, node));
      new HashSet<>(node.inputs())
          .forEach(input -> readers.computeIfAbsent(input, name -> new ArrayList<>()).add(node));
    }
    network.outputs().forEach(output -> outputs.add(output.name()));
  }

  /** Those by default, in the network's order. */
  List<WeightedLayer> byDefault() {
    Set<String> pooled = pooled();
    Set<String> gates = gates(pooled);
    return layers.stream()
        .filter(layer -> layer.bias() != null)
        .filter(layer -> unfit(layer) == null)
        .filter(layer -> readersOf(layer.output()).stream().anyMatch(this::follows))
        .filter(layer -> !isLast(layer))
        .filter(layer -> !gates.contains(layer.output()))
        .filter(layer -> layer.rank() == 2 || !pooled.contains(layer.output()))
        .toList();
  }

  /**
   * The layers of these nodes.
   *
   * @throws IllegalArgumentException if there is none of a name, or none can stand behind it
   */
  List<WeightedLayer> named(Iterable<String> names) {
    Map<String, WeightedLayer> byName = new HashMap<>();
    layers.forEach(layer -> byName.put(layer.node().name(), layer));
    Set<String> wanted = new HashSet<>();
    for (String name : names) {
      WeightedLayer layer = byName.get(name);
      String reason = layer == null ? unknown(name) : unfit(layer);
      if (reason != null) {
        throw new IllegalArgumentException(
            "no batch normalization can stand behind layer '%s': %s".formatted(name, reason));
      }
      wanted.add(name);
    }
    return layers.stream().filter(layer -> wanted.contains(layer.node().name())).toList();
  }

  private String unknown(String name) {
    return network.nodes().stream().anyMatch(node -> node.name().equals(name))
        ? "it is no convolution or dense layer with constant weights"
        : "the network has no such layer";
  }

  private @Nullable String unfit(WeightedLayer layer) {
    List<Node> next = readersOf(layer.output());
    if (!layer.channelsAreAxis1()) {
      return "it is not known that its output is a matrix, whose columns a batch normalization"
          + " takes for channels";
    }
    if (next.stream().anyMatch(node -> node.batchNormalization() != null)) {
      return "one does already";
    }
    // A bias of its own would be added to sums that are normalized, and in another rounding.
    Node reader = uses.onlyReader(layer.output());
    if (reader == null
        || !isSum(reader.layer())
        || reader.inputs().stream().noneMatch(network.constants()::containsKey)) {
      return null;
    }
    return "a constant is added behind it, by '" + reader.name() + "'";
  }

  private List<Node> readersOf(String value) {
    return readers.getOrDefault(value, List.of());
  }

  /** Whether it is an activation, an addition or a pooling. */
  private boolean follows(Node node) {
    return ACTIVATIONS.contains(node.operator())
        || node.layer() instanceof PRelu
        || isSum(node.layer())
        || isPooling(node.layer());
  }

  private static boolean isSum(Layer layer) {
    return layer instanceof Add
        || layer instanceof Sum
        || (layer instanceof SameShapes same && isSum(same.layer()));
  }

  private static boolean isPooling(Layer layer) {
    return layer instanceof MaxPool
        || layer instanceof AveragePool
        || layer instanceof LpPool
        || isGlobalPooling(layer);
  }

  private static boolean isGlobalPooling(Layer layer) {
    return layer instanceof GlobalAveragePool
        || layer instanceof GlobalMaxPool
        || layer instanceof Reduction;
  }

  /** Whether its output is one of the network's, but for its form or its range. */
  private boolean isLast(WeightedLayer layer) {
    Deque<String> pending = new ArrayDeque<>(List.of(layer.output()));
    Set<String> seen = new HashSet<>();
    while (!pending.isEmpty()) {
      String value = pending.pop();
      if (outputs.contains(value)) {
        return true;
      }
      for (Node reader : readersOf(value)) {
        if (AT_THE_END.contains(reader.operator())) {
          reader.outputs().stream().filter(seen::add).forEach(pending::push);
        }
      }
    }
    return false;
  }

  /** Values that are made of maps' means or largest elements alone: one number per channel. */
  private Set<String> pooled() {
    Set<String> pooled = new HashSet<>();
    for (Node node : network.nodes()) {
      boolean ofPooled =
          node.inputs().stream().allMatch(input -> pooled.contains(input) || isKnown(input))
              && node.inputs().stream().anyMatch(pooled::contains);
      if (isGlobalPooling(node.layer()) || ofPooled) {
        pooled.addAll(node.outputs());
      }
    }
    return pooled;
  }

  private boolean isKnown(String input) {
    return input.isEmpty() || network.constants().containsKey(input);
  }

  /** Outputs of the layers on the way from a map's means to what the map is multiplied with. */
  private Set<String> gates(Set<String> pooled) {
    Set<String> onTheWay = new HashSet<>();
    Deque<String> pending = new ArrayDeque<>();
    for (Node node : network.nodes()) {
      boolean ofMaps =
          node.inputs().stream().anyMatch(input -> !pooled.contains(input) && !isKnown(input));
      if (node.layer() instanceof Multiply && ofMaps) {
        node.inputs().stream().filter(pooled::contains).forEach(pending::push);
      }
    }
    while (!pending.isEmpty()) {
      String value = pending.pop();
      Node maker = makers.get(value);
      if (onTheWay.add(value) && maker != null && !isGlobalPooling(maker.layer())) {
        maker.inputs().stream().filter(pooled::contains).forEach(pending::push);
      }
    }
    return onTheWay;
  }
}
