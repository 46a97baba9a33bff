package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Sum of any number of tensors: {@code y = x₁ + x₂ + …}, broadcasting.
 *
 * <p>Inputs: one or more, numbers of one type, shapes that broadcast. Output: y, the same type, the
 * broadcast shape. Source: ONNX {@code Sum}.
 */
public record Sum() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(Variadic.fold(inputs, memory, Add.OPERATION));
  }
}
