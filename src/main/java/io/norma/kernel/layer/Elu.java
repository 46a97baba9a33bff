package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Exponential linear unit: {@code y = x} for {@code x > 0}, else {@code y = alpha · (eˣ − 1)}.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: Clevert et al. 2016,
 * equation 15; ONNX {@code Elu}.
 */
public record Elu(double alpha) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(Elementwise.map(inputs.get(0), memory, x -> x > 0 ? x : alpha * Math.expm1(x)));
  }
}
