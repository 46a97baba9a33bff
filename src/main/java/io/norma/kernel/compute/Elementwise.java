package io.norma.kernel.compute;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.function.DoubleUnaryOperator;

/** Element-wise functions for which no loop of their own is worth its keep. */
public final class Elementwise {
  private Elementwise() {}

  /**
   * {@code y = function(x)} for every element, computed in double and rounded once.
   *
   * @throws IllegalArgumentException if x is neither FP32 nor FP64
   */
  public static Tensor map(Tensor x, Memory memory, DoubleUnaryOperator function) {
    Tensor y = memory.allocate(x.dataType(), x.shape());
    int from = x.offset();
    int to = y.offset();
    if (x.dataType() == DataType.FP64) {
      double[] source = x.doubles();
      double[] target = y.doubles();
      for (int i = 0; i < x.size(); i++) {
        target[to + i] = function.applyAsDouble(source[from + i]);
      }
    } else {
      float[] source = x.floats();
      float[] target = y.floats();
      for (int i = 0; i < x.size(); i++) {
        target[to + i] = (float) function.applyAsDouble(source[from + i]);
      }
    }
    return y;
  }
}
