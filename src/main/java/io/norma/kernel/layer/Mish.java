package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Mish: {@code y = x · tanh(ln(1 + eˣ))}.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: Misra 2019, "Mish: A
 * Self Regularized Non-Monotonic Activation Function"; ONNX {@code Mish}.
 */
public record Mish() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(Elementwise.map(inputs.get(0), memory, x -> x * Math.tanh(Softplus.of(x))));
  }
}
