package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Inverse hyperbolic tangent: {@code y = ½·ln((1 + x)/(1 − x))}; NaN outside [−1, 1].
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: ONNX {@code Atanh}.
 */
public record Atanh() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(
        Elementwise.map(inputs.get(0), memory, x -> 0.5 * (Math.log1p(x) - Math.log1p(-x))));
  }
}
