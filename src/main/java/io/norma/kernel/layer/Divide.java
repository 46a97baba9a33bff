package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.BinaryOperation;
import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.compute.elementwise.ElementwiseLoops;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Quotient: {@code y = a / b}, broadcasting. Quotients of whole numbers are truncated towards 0;
 * dividing them by 0 is an error.
 *
 * <p>Inputs: a and b, numbers of one type, shapes that broadcast. Output: y, the same type, the
 * broadcast shape. Source: ONNX {@code Div}.
 */
public record Divide() implements Layer {
  static final BinaryOperation OPERATION =
      new BinaryOperation(
          ElementwiseLoops.get()::divide, (a, b) -> a / b, Divide::signed, Divide::unsigned);

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(Elementwise.combine(inputs.get(0), inputs.get(1), memory, OPERATION));
  }

  private static long signed(long a, long b) {
    return a / nonZero(b);
  }

  private static long unsigned(long a, long b) {
    return Long.divideUnsigned(a, nonZero(b));
  }

  private static long nonZero(long b) {
    if (b == 0) {
      throw new IllegalArgumentException("whole number divided by 0");
    }
    return b;
  }
}
