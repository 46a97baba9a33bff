package io.norma.kernel.layer;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Where the elements are that are not 0, in row-major order: one column for each, one row for each
 * axis.
 *
 * <p>Input: x, any type, rank r. Output: y, INT64, [r, count]. Source: ONNX {@code NonZero}.
 */
public record NonZero() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    int count = 0;
    for (int i = 0; i < x.size(); i++) {
      count += x.getDouble(i) != 0 ? 1 : 0;
    }
    int rank = x.shape().rank();
    int[] strides = x.shape().strides();
    Tensor y = memory.allocate(DataType.INT64, Shape.of(rank, count));
    int column = 0;
    for (int i = 0; i < x.size(); i++) {
      if (x.getDouble(i) == 0) {
        continue;
      }
      for (int axis = 0; axis < rank; axis++) {
        y.setLong(axis * count + column, i / strides[axis] % x.shape().dimension(axis));
      }
      column++;
    }
    return List.of(y);
  }
}
