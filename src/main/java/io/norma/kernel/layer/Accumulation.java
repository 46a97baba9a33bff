package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Axes;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;

/**
 * Running results along an axis, {@code yⱼ = yⱼ₋₁ ∘ xⱼ}: what {@link CumulativeSum} and {@link
 * CumulativeProduct} have in common. Each step is rounded to the type.
 *
 * @param neutral what ∘ leaves as it is
 */
record Accumulation(long neutral, DoubleBinaryOperator reals, LongBinaryOperator integers) {
  static final Accumulation SUM = new Accumulation(0, Double::sum, Long::sum);
  static final Accumulation PRODUCT = new Accumulation(1, (a, b) -> a * b, (a, b) -> a * b);

  /**
   * Accumulates the first input along the axis that is the second.
   *
   * @param exclusive whether xⱼ is left out of yⱼ
   * @param reverse whether the last element comes first
   */
  List<Tensor> forward(Inputs inputs, Memory memory, boolean exclusive, boolean reverse) {
    Tensor x = inputs.get(0);
    if (x.dataType() == DataType.BOOL) {
      throw new IllegalArgumentException("expected a tensor of numbers, got " + x);
    }
    int axis = x.shape().axis(Axes.integer(inputs.get(1), "axis"));
    int extent = x.shape().dimension(axis);
    int inner = x.shape().size(axis + 1, x.shape().rank());
    int outer = x.shape().size(0, axis);
    Tensor y = memory.allocate(x.dataType(), x.shape());
    for (int o = 0; o < outer; o++) {
      for (int i = 0; i < inner; i++) {
        int start = o * extent * inner + i + (reverse ? (extent - 1) * inner : 0);
        accumulate(x, y, start, reverse ? -inner : inner, extent, exclusive);
      }
    }
    return List.of(y);
  }

  private void accumulate(Tensor x, Tensor y, int start, int step, int extent, boolean exclusive) {
    boolean real = x.dataType().isFloatingPoint();
    for (int k = 0; k < extent; k++) {
      int index = start + k * step;
      int source = exclusive ? index - step : index;
      if (k == 0) {
        if (exclusive) {
          y.setLong(index, neutral);
        } else if (real) {
          y.setDouble(index, x.getDouble(index));
        } else {
          y.setLong(index, x.getLong(index));
        }
      } else if (real) {
        y.setDouble(index, reals.applyAsDouble(y.getDouble(index - step), x.getDouble(source)));
      } else {
        y.setLong(index, integers.applyAsLong(y.getLong(index - step), x.getLong(source)));
      }
    }
  }
}
