package io.norma.onnx;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongUnaryOperator;

/** Inputs of the same types and shapes as given ones, with other elements. */
public final class OtherInputs {
  private OtherInputs() {}

  /**
   * Three of them: other real numbers with whole ones as they are; everything larger, everything
   * smaller, so that inputs that are sizes, scales or indices ask for other sizes. What does not
   * make sense any more, a network may refuse.
   */
  public static List<List<Tensor>> of(List<Tensor> inputs) {
    return List.of(
        change(inputs, x -> 0.75 * x, i -> i),
        change(inputs, x -> 2 * x, i -> i + 1),
        change(inputs, x -> 0.5 * x, i -> i / 2));
  }

  private static List<Tensor> change(
      List<Tensor> inputs, DoubleUnaryOperator reals, LongUnaryOperator integers) {
    return inputs.stream().map(input -> change(input, reals, integers)).toList();
  }

  /** What counts nothing changes places, too. */
  private static Tensor change(
      Tensor tensor, DoubleUnaryOperator reals, LongUnaryOperator integers) {
    Tensor changed = tensor.copy();
    int last = tensor.size() - 1;
    for (int i = 0; i < tensor.size(); i++) {
      if (tensor.dataType().isFloatingPoint()) {
        changed.setDouble(i, reals.applyAsDouble(tensor.getDouble(last - i)));
      } else if (tensor.dataType() == DataType.BOOL) {
        changed.setLong(i, 1 - tensor.getLong(last - i));
      } else {
        changed.setLong(i, integers.applyAsLong(tensor.getLong(i)));
      }
    }
    return changed;
  }
}
