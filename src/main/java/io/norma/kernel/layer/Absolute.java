package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Absolute value: {@code y = |x|}.
 *
 * <p>Input: x, any numbers, any shape. Output: y, the same type and shape. Source: ONNX {@code
 * Abs}.
 */
public record Absolute() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    return List.of(
        x.dataType().isUnsigned() ? x : Elementwise.map(x, memory, Math::abs, Math::abs));
  }
}
