package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.StridedCopy;
import io.norma.kernel.layer.support.Axes;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Permutes axes: axis k of y is axis {@code permutation[k]} of x.
 *
 * <p>Input: x, any type and shape. Output: y, the type of x. Source: ONNX {@code Transpose}.
 *
 * @param permutation {@code null} for the reverse order
 */
public record Transpose(int @Nullable [] permutation) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    int rank = x.shape().rank();
    int[] order = permutation == null ? reverse(rank) : permutation.clone();
    if (order.length != rank) {
      throw new IllegalArgumentException(
          "permutation %s has %d axes, but the input is %s"
              .formatted(Arrays.toString(order), order.length, x));
    }
    Axes.chosen(order, x.shape());
    int[] strides = x.shape().strides();
    int[] dimensions = new int[rank];
    int[] from = new int[rank];
    for (int axis = 0; axis < rank; axis++) {
      dimensions[axis] = x.shape().dimension(order[axis]);
      from[axis] = strides[x.shape().axis(order[axis])];
    }
    Tensor y = memory.allocate(x.dataType(), Shape.of(dimensions));
    StridedCopy.copy(x, 0, from, y, 0, y.shape().strides(), dimensions);
    return List.of(y);
  }

  private static int[] reverse(int rank) {
    int[] order = new int[rank];
    for (int axis = 0; axis < rank; axis++) {
      order[axis] = rank - 1 - axis;
    }
    return order;
  }
}
