package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.BinaryOperation;
import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Bit by bit: {@code y = either a or b}, broadcasting.
 *
 * <p>Inputs: a and b, whole numbers of one type, shapes that broadcast. Output: y, the same type,
 * the broadcast shape. Source: ONNX {@code BitwiseXor}.
 */
public record BitwiseXor() implements Layer {
  private static final BinaryOperation OPERATION = BinaryOperation.ofWhole((a, b) -> a ^ b);

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(Elementwise.combine(inputs.get(0), inputs.get(1), memory, OPERATION));
  }
}
