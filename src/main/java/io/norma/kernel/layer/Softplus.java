package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Softplus: {@code y = ln(1 + eˣ)}.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: ONNX {@code Softplus}.
 */
public record Softplus() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(Elementwise.map(inputs.get(0), memory, Softplus::of));
  }

  static double of(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }
}
