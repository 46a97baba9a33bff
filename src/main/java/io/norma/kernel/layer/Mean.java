package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Mean of any number of tensors: {@code y = (x₁ + x₂ + … + xₙ) / n}, broadcasting.
 *
 * <p>Inputs: one or more, FP32 or FP64, shapes that broadcast. Output: y, the same type, the
 * broadcast shape. Source: ONNX {@code Mean}.
 */
public record Mean() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor sum = Variadic.fold(inputs, memory, Add.OPERATION);
    double n = inputs.size();
    return List.of(Elementwise.map(sum, memory, x -> x / n));
  }
}
