package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.BinaryOperation;
import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Remainder of a division, broadcasting: {@code y = a − ⌊a/b⌋·b}, with the sign of b; or,
 * truncated, {@code y = a − trunc(a/b)·b}, with the sign of a.
 *
 * <p>Inputs: a and b, numbers of one type, shapes that broadcast. Output: y, the same type, the
 * broadcast shape. Whole numbers divided by 0 are an error. Source: ONNX {@code Mod}.
 *
 * @param truncated whether the quotient is truncated, as {@code fmod} of C does
 */
public record Modulo(boolean truncated) implements Layer {
  private static final BinaryOperation FLOORED =
      new BinaryOperation(
          null,
          Modulo::floored,
          (a, b) -> Math.floorMod(a, nonZero(b)),
          (a, b) -> Long.remainderUnsigned(a, nonZero(b)));
  private static final BinaryOperation TRUNCATED =
      new BinaryOperation(
          null,
          (a, b) -> a % b,
          (a, b) -> a % nonZero(b),
          (a, b) -> Long.remainderUnsigned(a, nonZero(b)));

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    BinaryOperation operation = truncated ? TRUNCATED : FLOORED;
    return List.of(Elementwise.combine(inputs.get(0), inputs.get(1), memory, operation));
  }

  private static double floored(double a, double b) {
    double remainder = a % b;
    if (remainder == 0) {
      return Math.copySign(0, b);
    }
    return (remainder < 0) == (b < 0) ? remainder : remainder + b;
  }

  private static long nonZero(long b) {
    if (b == 0) {
      throw new IllegalArgumentException("remainder of a whole number divided by 0");
    }
    return b;
  }
}
