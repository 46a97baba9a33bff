package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Puts an axis of extent {@code depth} in, on which the element that an index means is "on" and all
 * others are "off". Negative indices count from the end; one outside is "off" throughout.
 *
 * <p>Inputs: indices, numbers, any shape; depth, one number; values, any type, [off, on]. Output:
 * y, the type of the values. Source: ONNX {@code OneHot}.
 */
public record OneHot(int axis) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor indices = inputs.get(0);
    Tensor values = inputs.get(2);
    if (inputs.get(1).size() != 1 || values.size() != 2) {
      throw new IllegalArgumentException(
          "expected one depth and two values, got " + inputs.get(1) + " and " + values);
    }
    long depth = inputs.get(1).getLong(0);
    int rank = indices.shape().rank();
    long[] dimensions = new long[rank + 1];
    int at = Shape.of(new int[rank + 1]).axis(axis);
    for (int k = 0; k < dimensions.length; k++) {
      dimensions[k] = k == at ? depth : indices.shape().dimension(k < at ? k : k - 1);
    }
    Tensor y = memory.allocate(values.dataType(), Shape.ofLongs(dimensions));
    int inner = indices.shape().size(at, rank);
    for (int i = 0; i < y.size(); i++) {
      long position = i / inner % depth;
      int source = (int) (i / inner / depth) * inner + i % inner;
      long index = indices.getLong(source);
      boolean on = (index < 0 ? index + depth : index) == position;
      System.arraycopy(
          values.array(), values.offset() + (on ? 1 : 0), y.array(), y.offset() + i, 1);
    }
    return List.of(y);
  }
}
