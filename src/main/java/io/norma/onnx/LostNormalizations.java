package io.norma.onnx;

import io.norma.kernel.layer.Identity;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Network;
import io.norma.network.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Layers that perhaps lost their batch normalization while others of the network kept theirs:
 * convolutions and dense layers with a bias, followed by an activation, an addition, a pooling or a
 * convolution. Not the last layers, nor gates on maps of one position, nor layers whose weights and
 * bias bear the names that they have in PyTorch, which folding takes from them.
 */
final class LostNormalizations {
  private static final Set<String> WEIGHTED = Set.of("Conv", "ConvTranspose", "Gemm", "MatMul");
  private static final Set<String> GATES = Set.of("HardSigmoid", "Sigmoid");
  private static final Set<String> FOLLOWING =
      Set.of(
          "Add",
          "AveragePool",
          "Celu",
          "Clip",
          "Conv",
          "ConvTranspose",
          "Elu",
          "Gelu",
          "GlobalAveragePool",
          "HardSwish",
          "LeakyRelu",
          "MaxPool",
          "Mish",
          "PRelu",
          "Relu",
          "Selu",
          "Swish",
          "Tanh");
  private static final Set<String> ONE_POSITION = Set.of("GlobalAveragePool", "ReduceMean");

  private final Network network;
  private final Map<String, Node> makers = new HashMap<>();
  private final Map<String, List<Node>> readers = new HashMap<>();

  /** Nodes that a layer with weights comes after. */
  private final Set<Node> inner = new HashSet<>();

  private LostNormalizations(Network network) {
    this.network = network;
    for (Node node : network.nodes()) {
      node.outputs().forEach(output -> makers.put(output, node));
      node.inputs()
          .forEach(input -> readers.computeIfAbsent(input, i -> new ArrayList<>()).add(node));
    }
    for (Node node : network.nodes().reversed()) {
      boolean isInner =
          node.outputs().stream()
              .flatMap(output -> readers(output).stream())
              .anyMatch(reader -> WEIGHTED.contains(reader.operator()) || inner.contains(reader));
      if (isInner) {
        inner.add(node);
      }
    }
  }

  /** Their names, or none if no batch normalization is left. */
  static List<String> find(Network network) {
    if (network.batchNormalizations().isEmpty()) {
      return List.of();
    }
    LostNormalizations lost = new LostNormalizations(network);
    return network.nodes().stream().filter(lost::isBare).map(Node::name).toList();
  }

  private List<Node> readers(String value) {
    return readers.getOrDefault(value, List.of());
  }

  private boolean isBare(Node node) {
    return WEIGHTED.contains(node.operator())
        && inner.contains(node)
        && hasForeignBias(node)
        && isFollowed(node)
        && !(node.operator().equals("Conv") && isOfOnePosition(node.inputs().getFirst()));
  }

  private boolean hasForeignBias(Node node) {
    String name = node.inputs().size() < 3 ? "" : node.inputs().get(2);
    Tensor bias = network.constants().get(name);
    if (bias == null || isZero(bias)) {
      return false;
    }
    String weights = node.inputs().get(1);
    boolean asTrained =
        name.endsWith(".bias")
            && weights.equals(name.substring(0, name.length() - ".bias".length()) + ".weight");
    return !asTrained;
  }

  private static boolean isZero(Tensor tensor) {
    for (int i = 0; i < tensor.size(); i++) {
      if (tensor.getDouble(i) != 0) {
        return false;
      }
    }
    return true;
  }

  private boolean isFollowed(Node node) {
    List<Node> following = following(node.outputs().getFirst());
    boolean normalized =
        following.stream().anyMatch(reader -> reader.operator().equals("BatchNormalization"));
    // x · sigmoid(x) is an activation, a sigmoid alone a gate.
    boolean swish =
        following.stream().anyMatch(reader -> GATES.contains(reader.operator()))
            && following.stream().anyMatch(reader -> reader.operator().equals("Mul"));
    return !normalized
        && (swish || following.stream().anyMatch(r -> FOLLOWING.contains(r.operator())));
  }

  /** What reads a value, or the same value under another name. */
  private List<Node> following(String value) {
    List<Node> following = new ArrayList<>();
    for (Node reader : readers(value)) {
      if (reader.layer() instanceof Identity) {
        following.addAll(following(reader.outputs().getFirst()));
      } else {
        following.add(reader);
      }
    }
    return following;
  }

  /** Whether a map was averaged to one position, and since then only convolved and activated. */
  private boolean isOfOnePosition(String value) {
    @Nullable Node maker = makers.get(value);
    while (maker != null && !ONE_POSITION.contains(maker.operator())) {
      boolean passes =
          maker.layer() instanceof Identity
              || FOLLOWING.contains(maker.operator())
              || GATES.contains(maker.operator());
      boolean joins = maker.operator().equals("Add") || maker.operator().endsWith("Pool");
      maker = passes && !joins ? makers.get(maker.inputs().getFirst()) : null;
    }
    return maker != null;
  }
}
