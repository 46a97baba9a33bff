package io.norma.onnx;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.operators.Attributes;
import io.norma.onnx.proto.NodeProto;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Values that have one constant element as often as another value has channels: so PyTorch's
 * exporter writes the γ of ones and the β of zeros of a batch normalization that learned none.
 */
final class ExpandedScalars {
  /** Of which value an extent is that of axis 1. */
  private final Map<String, String> channels = new HashMap<>();

  private final Map<String, Expanded> expanded = new HashMap<>();
  private final Function<String, @Nullable Tensor> constants;
  private final int operatorSet;

  /**
   * A vector of equal elements.
   *
   * @param of the value that has as many channels
   */
  private record Expanded(float element, String of) {}

  /**
   * @param constants the value of a constant by its name
   */
  ExpandedScalars(Function<String, @Nullable Tensor> constants, int operatorSet) {
    this.constants = constants;
    this.operatorSet = operatorSet;
  }

  /** Notes what a node makes of values that were noted before. */
  void add(NodeProto node) {
    if (node.getOpType().equals("Shape")) {
      Attributes attributes = new Attributes(node, operatorSet);
      if (attributes.integer("start", 0) == 1 && attributes.integer("end", 0) == 2) {
        channels.put(node.getOutput(0), node.getInput(0));
      }
    } else if (node.getOpType().equals("Expand")) {
      Tensor element = constants.apply(node.getInput(0));
      String of = channels.get(node.getInput(1));
      if (of != null && element != null && isScalar(element)) {
        expanded.put(node.getOutput(0), new Expanded((float) element.getDouble(0), of));
      }
    }
  }

  private static boolean isScalar(Tensor tensor) {
    return tensor.dataType() == DataType.FP32 && tensor.size() == 1 && tensor.shape().rank() <= 1;
  }

  /**
   * A value that has an element for each channel of another one.
   *
   * @param x the other one
   * @param count how many channels it has
   * @return {@code null} if it is another kind of value
   */
  @Nullable Tensor vector(String value, String x, int count) {
    Expanded found = expanded.get(value);
    if (found == null || !found.of.equals(x)) {
      return null;
    }
    float[] elements = new float[count];
    Arrays.fill(elements, found.element);
    return Tensor.of(Shape.of(count), elements);
  }
}
