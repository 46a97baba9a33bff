package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.layer.support.ScatterReduction;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Puts updates into a copy of a tensor along an axis, for axis 0: {@code y[indices[i, j, …], j, …]
 * = updates[i, j, …]}, in order. Negative indices count from the end.
 *
 * <p>Inputs: x, any type, rank 1 or more; indices, INT32 or INT64, the same rank; updates, the type
 * of x, the shape of the indices. Output: y, the type and shape of x. Source: ONNX {@code Scatter},
 * {@code ScatterElements}.
 */
public record ScatterElements(int axis, ScatterReduction reduction) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor indices = inputs.get(1);
    Tensor updates = inputs.get(2);
    Elementwise.requireSameType(x, updates);
    if (!updates.shape().equals(indices.shape())) {
      throw new IllegalArgumentException(
          "updates must have the shape of the indices, are %s and %s"
              .formatted(updates.shape(), indices.shape()));
    }
    int[] places = GatherElements.places(x.shape(), indices, axis);
    Tensor y = memory.allocate(x.dataType(), x.shape());
    Elementwise.copy(x, y);
    for (int i = 0; i < places.length; i++) {
      reduction.apply(y, places[i], updates, i);
    }
    return List.of(y);
  }
}
