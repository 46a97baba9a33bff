package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Indices;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Picks elements along an axis, for axis 0: {@code y[i, j, …] = x[indices[i, j, …], j, …]}.
 * Negative indices count from the end.
 *
 * <p>Inputs: x, any type, rank 1 or more; indices, INT32 or INT64, the same rank, no larger along
 * the other axes. Output: y, the type of x, the shape of the indices. Source: ONNX {@code
 * GatherElements}.
 */
public record GatherElements(int axis) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor indices = inputs.get(1);
    int[] places = places(x.shape(), indices, axis);
    Tensor y = memory.allocate(x.dataType(), indices.shape());
    for (int i = 0; i < places.length; i++) {
      System.arraycopy(x.array(), x.offset() + places[i], y.array(), y.offset() + i, 1);
    }
    return List.of(y);
  }

  /** For each element of the indices the element of a tensor of this shape that it means. */
  static int[] places(Shape shape, Tensor indices, int axis) {
    int at = shape.axis(axis);
    boolean fits = indices.shape().rank() == shape.rank();
    for (int k = 0; fits && k < shape.rank(); k++) {
      fits = k == at || indices.shape().dimension(k) <= shape.dimension(k);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "indices of shape %s do not fit a tensor of shape %s along axis %d"
              .formatted(indices.shape(), shape, axis));
    }
    int[] positions = Indices.read(indices, shape.dimension(at));
    int[] strides = shape.strides();
    int[] steps = indices.shape().strides();
    int[] places = new int[positions.length];
    for (int i = 0; i < places.length; i++) {
      int place = positions[i] * strides[at];
      for (int k = 0; k < strides.length; k++) {
        if (k != at) {
          place += i / steps[k] % indices.shape().dimension(k) * strides[k];
        }
      }
      places[i] = place;
    }
    return places;
  }
}
