package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Scaled exponential linear unit: {@code y = gamma · x} for {@code x > 0}, else {@code y = gamma ·
 * alpha · (eˣ − 1)}.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: Klambauer et al. 2017,
 * equation 2; ONNX {@code Selu}.
 */
public record Selu(double alpha, double gamma) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(
        Elementwise.map(
            inputs.get(0), memory, x -> x > 0 ? gamma * x : gamma * alpha * Math.expm1(x)));
  }
}
