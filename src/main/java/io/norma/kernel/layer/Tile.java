package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.StridedCopy;
import io.norma.kernel.layer.support.Axes;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Repeats a tensor {@code repeats[k]} times along each axis k.
 *
 * <p>Inputs: x, any type and shape; repeats, INT64, one for each axis. Output: y, the type of x.
 * Source: ONNX {@code Tile}, version 6 on.
 */
public record Tile() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    int rank = x.shape().rank();
    int[] repeats = Axes.integers(inputs.get(1), "repeats");
    if (repeats.length != rank) {
      throw new IllegalArgumentException(
          "expected %d repeats for %s, got %d".formatted(rank, x, repeats.length));
    }
    // Axis k becomes two: the repeats, and the elements.
    int[] strides = x.shape().strides();
    int[] extents = new int[2 * rank];
    int[] from = new int[2 * rank];
    long[] dimensions = new long[rank];
    for (int axis = 0; axis < rank; axis++) {
      extents[2 * axis] = repeats[axis];
      extents[2 * axis + 1] = x.shape().dimension(axis);
      from[2 * axis + 1] = strides[axis];
      dimensions[axis] = (long) repeats[axis] * x.shape().dimension(axis);
    }
    Tensor y = memory.allocate(x.dataType(), Shape.ofLongs(dimensions));
    StridedCopy.copy(x, 0, from, y, 0, Shape.of(extents).strides(), extents);
    return List.of(y);
  }
}
