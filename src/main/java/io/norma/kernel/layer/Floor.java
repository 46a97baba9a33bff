package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Largest whole number not above: {@code y = ⌊x⌋}.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: ONNX {@code Floor}.
 */
public record Floor() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(Elementwise.map(inputs.get(0), memory, Math::floor));
  }
}
