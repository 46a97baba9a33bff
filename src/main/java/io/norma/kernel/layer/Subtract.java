package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.BinaryOperation;
import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.compute.elementwise.ElementwiseLoops;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Difference: {@code y = a − b}, broadcasting.
 *
 * <p>Inputs: a and b, numbers of one type, shapes that broadcast. Output: y, the same type, the
 * broadcast shape. Source: ONNX {@code Sub}.
 */
public record Subtract() implements Layer {
  static final BinaryOperation OPERATION =
      new BinaryOperation(
          ElementwiseLoops.get()::subtract, (a, b) -> a - b, (a, b) -> a - b, (a, b) -> a - b);

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(Elementwise.combine(inputs.get(0), inputs.get(1), memory, OPERATION));
  }
}
