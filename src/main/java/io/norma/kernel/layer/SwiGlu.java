package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Gated linear unit with a swish gate: {@code y = a / (1 + e^(−alpha·a)) · b}.
 *
 * <p>Inputs: a (gate) and b, FP32 or FP64, of one type and shape. Output: y, the same. Source:
 * Shazeer 2020, equation 5; ONNX {@code SwiGLU}.
 */
public record SwiGlu(float alpha) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor a = inputs.get(0);
    Tensor b = inputs.get(1);
    if (!a.shape().equals(b.shape())) {
      throw new IllegalArgumentException(
          "gate and input must have one shape, are " + a.shape() + " and " + b.shape());
    }
    Tensor gate = new Swish(alpha).forward(Inputs.of(a), memory).getFirst();
    return List.of(Elementwise.combine(gate, b, memory, Multiply.OPERATION));
  }
}
