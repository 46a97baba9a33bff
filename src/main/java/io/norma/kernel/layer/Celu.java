package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Continuously differentiable exponential linear unit: {@code y = max(0, x) + min(0, alpha ·
 * (e^(x/alpha) − 1))}.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: Barron 2017, equation 2;
 * ONNX {@code Celu}.
 */
public record Celu(double alpha) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(
        Elementwise.map(
            inputs.get(0),
            memory,
            x -> Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha))));
  }
}
