package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Indices;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Picks slices along an axis: {@code y[…, i…, …] = x[…, indices[i…], …]}. Negative indices count
 * from the end.
 *
 * <p>Inputs: x, any type, rank 1 or more; indices, INT32 or INT64, any shape. Output: y, the type
 * of x, the shape of x with the axis replaced by the shape of the indices. Source: ONNX {@code
 * Gather}.
 */
public record Gather(int axis) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor indices = inputs.get(1);
    int at = x.shape().axis(axis);
    int rank = x.shape().rank();
    int extent = x.shape().dimension(at);
    int[] positions = Indices.read(indices, extent);
    int[] dimensions = new int[rank - 1 + indices.shape().rank()];
    for (int i = 0; i < dimensions.length; i++) {
      int ahead = i - at;
      if (ahead < 0) {
        dimensions[i] = x.shape().dimension(i);
      } else if (ahead < indices.shape().rank()) {
        dimensions[i] = indices.shape().dimension(ahead);
      } else {
        dimensions[i] = x.shape().dimension(i - indices.shape().rank() + 1);
      }
    }
    Tensor y = memory.allocate(x.dataType(), Shape.of(dimensions));
    int outer = x.shape().size(0, at);
    int inner = x.shape().size(at + 1, rank);
    int to = y.offset();
    for (int o = 0; o < outer; o++) {
      for (int position : positions) {
        int from = x.offset() + (o * extent + position) * inner;
        System.arraycopy(x.array(), from, y.array(), to, inner);
        to += inner;
      }
    }
    return List.of(y);
  }
}
