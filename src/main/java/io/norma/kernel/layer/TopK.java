package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.layer.support.Axes;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The k largest or smallest elements along an axis, in order, and where they were; of equal ones
 * first the one that was first. NaN counts as larger than all others.
 *
 * <p>Inputs: x, numbers, rank 1 or more; k, one INT64, unless it is given here. Outputs: the
 * elements, the type of x; their positions, INT64; both the shape of x with k along the axis.
 * Source: ONNX {@code TopK}.
 *
 * @param k {@code null} to take it from the second input
 */
public record TopK(@Nullable Integer k, int axis, boolean largest) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    int at = x.shape().axis(axis);
    int extent = x.shape().dimension(at);
    int count = k == null ? Axes.integer(inputs.get(1), "k") : k;
    if (count < 0 || count > extent) {
      throw new IllegalArgumentException(
          "k must be 0 to %d, the extent of axis %d of %s, is %d"
              .formatted(extent, axis, x, count));
    }
    Shape shape = x.shape().with(at, count);
    Tensor values = memory.allocate(x.dataType(), shape);
    Tensor positions = memory.allocate(DataType.INT64, shape);
    int outer = x.shape().size(0, at);
    int inner = x.shape().size(at + 1, x.shape().rank());
    // Boxed, and half of them copied while they are sorted.
    memory.reserve(32L * extent);
    Integer[] order = new Integer[extent];
    for (int o = 0; o < outer; o++) {
      for (int i = 0; i < inner; i++) {
        int start = o * extent * inner + i;
        for (int j = 0; j < extent; j++) {
          order[j] = j;
        }
        Comparator<Integer> ascending =
            (a, b) -> Elementwise.compare(x, start + a * inner, x, start + b * inner);
        Arrays.sort(order, largest ? ascending.reversed() : ascending);
        for (int j = 0; j < count; j++) {
          int to = (o * count + j) * inner + i;
          positions.setLong(to, order[j]);
          System.arraycopy(
              x.array(),
              x.offset() + start + order[j] * inner,
              values.array(),
              values.offset() + to,
              1);
        }
      }
    }
    return List.of(values, positions);
  }
}
