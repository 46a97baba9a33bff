package io.norma.onnx;

import io.norma.kernel.tensor.Tensor;
import io.norma.network.Node;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.file.OnnxTensors;
import io.norma.onnx.file.Unsupported;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.SparseTensorProto;
import io.norma.onnx.proto.TensorProto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The values of a graph so far, by name: constants, and those known only in a run. An initializer
 * becomes a tensor when it is first asked for, so those that nothing reads never do.
 */
final class Values {
  private final Map<String, TensorProto> initializers = new HashMap<>();
  private final Map<String, Tensor> constants = new HashMap<>();
  private final Set<String> dynamic = new HashSet<>();
  private final Unsupported unsupported;
  private final ConstantFolding memory;

  /**
   * @param memory for what initializers take besides the bytes that they have in the file
   */
  Values(GraphProto graph, Unsupported unsupported, ConstantFolding memory) {
    this.unsupported = unsupported;
    this.memory = memory;
    addInitializers(graph);
  }

  /** Adds those of a graph or of a subgraph that is taken in. */
  void addInitializers(GraphProto graph) {
    for (TensorProto initializer : graph.getInitializerList()) {
      if (initializers.put(initializer.getName(), initializer) != null) {
        throw new MalformedOnnxException(
            "initializer '%s' is there twice; export the model again"
                .formatted(initializer.getName()));
      }
    }
    for (SparseTensorProto sparse : graph.getSparseInitializerList()) {
      String name = sparse.getValues().getName();
      unsupported.add(name, "initializer", "a sparse tensor; export it dense");
      dynamic.add(name);
    }
  }

  boolean isInitializer(String name) {
    return initializers.containsKey(name);
  }

  void putConstant(String name, Tensor value) {
    if (!name.isEmpty()) {
      constants.put(name, value);
    }
  }

  void putDynamic(String name) {
    if (!name.isEmpty()) {
      dynamic.add(name);
    }
  }

  /** The value if it is known on import, else {@code null}. */
  @Nullable Tensor constant(String name) {
    Tensor known = constants.get(name);
    TensorProto initializer = initializers.get(name);
    if (known != null || initializer == null || dynamic.contains(name)) {
      return known;
    }
    String reason = OnnxTensors.unsupportedReason(initializer);
    if (reason != null) {
      unsupported.add(name, "initializer", reason);
      dynamic.add(name);
      return null;
    }
    memory.reserveToWiden("initializer '" + name + "'", initializer);
    Tensor value;
    try {
      value = OnnxTensors.toTensor(initializer);
    } catch (IllegalArgumentException e) {
      throw new MalformedOnnxException(e.getMessage() + "; the file is damaged", e);
    }
    constants.put(name, value);
    return value;
  }

  /** Whether every input of the node is a constant or absent, and there is one. */
  boolean areConstant(NodeProto node) {
    boolean any = false;
    for (String input : node.getInputList()) {
      if (!input.isEmpty()) {
        any = true;
        if (constant(input) == null) {
          return false;
        }
      }
    }
    return any;
  }

  boolean isKnown(String name) {
    return dynamic.contains(name) || constants.containsKey(name) || initializers.containsKey(name);
  }

  /** The constants that a node reads, {@code null} for an absent input. */
  @Nullable Tensor[] constants(NodeProto node) {
    @Nullable Tensor[] tensors = new Tensor[node.getInputCount()];
    for (int i = 0; i < tensors.length; i++) {
      tensors[i] = constants.get(node.getInput(i));
    }
    return tensors;
  }

  /** The constants that nodes read and those that are outputs. */
  Map<String, Tensor> constants(List<Node> nodes, List<String> outputs) {
    Map<String, Tensor> used = new HashMap<>();
    Stream.concat(nodes.stream().flatMap(node -> node.inputs().stream()), outputs.stream())
        .forEach(name -> {
          Tensor constant = constants.get(name);
          if (constant != null) {
            used.put(name, constant);
          }
        });
    return used;
  }
}
