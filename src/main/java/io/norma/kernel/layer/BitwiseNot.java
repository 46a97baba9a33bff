package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Bit by bit: {@code y = not x}.
 *
 * <p>Input: x, whole numbers, any shape. Output: y, the same type and shape. Source: ONNX {@code
 * BitwiseNot}.
 */
public record BitwiseNot() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(Elementwise.mapWhole(inputs.get(0), memory, x -> ~x));
  }
}
