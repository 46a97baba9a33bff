package io.norma.onnx;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.proto.NodeProto;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How constants that were computed on import came about: their values alone do not tell a variance
 * from a scale.
 */
final class ConstantOrigins {
  /** Operators that keep the elements of their first input, and their order. */
  private static final Set<String> KEEPING =
      Set.of(
          "Cast", "CastLike", "Expand", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze");

  private final Function<String, @Nullable Tensor> constants;
  private final Map<String, NodeProto> makers = new HashMap<>();

  /**
   * @param constants the value of a constant by its name
   */
  ConstantOrigins(Function<String, @Nullable Tensor> constants) {
    this.constants = constants;
  }

  /** Notes a node whose outputs were computed. */
  void add(NodeProto node) {
    node.getOutputList().forEach(output -> makers.put(output, node));
  }

  /** The constant that has the same elements in the same order and was not made of another one. */
  String source(String constant) {
    String source = constant;
    NodeProto maker = makers.get(source);
    while (maker != null && keepsElements(maker, source)) {
      source = maker.getInput(0);
      maker = makers.get(source);
    }
    return source;
  }

  private boolean keepsElements(NodeProto maker, String made) {
    if (!KEEPING.contains(maker.getOpType())) {
      return false;
    }
    Tensor before = constants.apply(maker.getInput(0));
    Tensor after = constants.apply(made);
    return before != null
        && after != null
        && before.size() == after.size()
        && before.dataType() == after.dataType();
  }

  /** The node that computed a constant but for its shape, or {@code null} if the file holds it. */
  @Nullable NodeProto maker(String constant) {
    return makers.get(source(constant));
  }

  /** The elements of an FP32 constant, or {@code null} if it is none. */
  float @Nullable [] elements(String constant) {
    Tensor tensor = constants.apply(constant);
    return tensor == null || tensor.dataType() != DataType.FP32 ? null : tensor.toFloatArray();
  }

  /** The constant, or {@code null} if there is none of this name. */
  @Nullable Tensor tensor(String constant) {
    return constants.apply(constant);
  }
}
