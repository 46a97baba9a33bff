package io.norma.kernel.layer;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Running products along an axis: {@code yⱼ = x₀ · … · xⱼ}, without xⱼ if exclusive, from the other
 * end if reversed. Each step is rounded to the type.
 *
 * <p>Inputs: x, numbers, rank 1 or more; axis, one INT32 or INT64. Output: y, the type and shape of
 * x. Source: ONNX {@code CumProd}.
 */
public record CumulativeProduct(boolean exclusive, boolean reverse) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
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
        accumulate(x, y, start, reverse ? -inner : inner, extent);
      }
    }
    return List.of(y);
  }

  private void accumulate(Tensor x, Tensor y, int start, int step, int extent) {
    boolean real = x.dataType().isFloatingPoint();
    for (int k = 0; k < extent; k++) {
      int index = start + k * step;
      int source = exclusive ? index - step : index;
      if (k == 0) {
        if (exclusive) {
          y.setLong(index, 1);
        } else if (real) {
          y.setDouble(index, x.getDouble(index));
        } else {
          y.setLong(index, x.getLong(index));
        }
      } else if (real) {
        y.setDouble(index, y.getDouble(index - step) * x.getDouble(source));
      } else {
        y.setLong(index, y.getLong(index - step) * x.getLong(source));
      }
    }
  }
}
