package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.BinaryOperation;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Largest of any number of tensors: {@code y = max(x₁, x₂, …)}; NaN where any is NaN, broadcasting.
 *
 * <p>Inputs: one or more, numbers of one type, shapes that broadcast. Output: y, the same type, the
 * broadcast shape. Source: ONNX {@code Max}.
 */
public record Maximum() implements Layer {
  private static final BinaryOperation OPERATION =
      new BinaryOperation(
          null, Math::max, Math::max, (a, b) -> Long.compareUnsigned(a, b) >= 0 ? a : b);

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(Variadic.fold(inputs, memory, OPERATION));
  }
}
