package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Negation: {@code y = −x}.
 *
 * <p>Input: x, any numbers with a sign, any shape. Output: y, the same type and shape. Source: ONNX
 * {@code Neg}.
 */
public record Negate() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(Elementwise.map(inputs.get(0), memory, x -> -x, x -> -x));
  }
}
