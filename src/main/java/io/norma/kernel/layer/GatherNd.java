package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Indices;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Picks slices by their leading positions: {@code y[b…, i…] = x[b…, indices[b…, i…, :]]}, b the
 * batch axes. Negative indices count from the end.
 *
 * <p>Inputs: x, any type, rank r; indices, INT64, [batch…, i…, k], k at most r less the batch axes.
 * Output: y, the type of x, [batch…, i…, the axes of x after the first k]. Source: ONNX {@code
 * GatherND}.
 *
 * @param batchAxes how many leading axes x and indices share
 */
public record GatherNd(int batchAxes) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor indices = inputs.get(1);
    int[] places = places(x.shape(), indices, batchAxes);
    int rank = indices.shape().rank();
    int skipped = batchAxes + indices.shape().dimension(-1);
    int[] dimensions = new int[rank - 1 + x.shape().rank() - skipped];
    for (int k = 0; k < dimensions.length; k++) {
      dimensions[k] =
          k < rank - 1
              ? indices.shape().dimension(k)
              : x.shape().dimension(k - (rank - 1) + skipped);
    }
    int slice = x.shape().size(skipped, x.shape().rank());
    Tensor y = memory.allocate(x.dataType(), Shape.of(dimensions));
    for (int i = 0; i < places.length; i++) {
      System.arraycopy(x.array(), x.offset() + places[i], y.array(), y.offset() + i * slice, slice);
    }
    return List.of(y);
  }

  /** For each tuple of the indices where the slice that it means begins. */
  static int[] places(Shape shape, Tensor indices, int batchAxes) {
    Shape given = indices.shape();
    boolean fits =
        given.rank() > batchAxes
            && shape.rank() > batchAxes
            && given.dimension(-1) + batchAxes <= shape.rank();
    for (int k = 0; fits && k < batchAxes; k++) {
      fits = given.dimension(k) == shape.dimension(k);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "indices of shape %s do not fit a tensor of shape %s with %d batch axes"
              .formatted(given, shape, batchAxes));
    }
    int tuple = given.dimension(-1);
    int[] strides = shape.strides();
    int[] places = new int[given.size(0, given.rank() - 1)];
    int batches = given.size(0, batchAxes);
    int batchStride = shape.size(batchAxes, shape.rank());
    for (int i = 0; i < places.length; i++) {
      int place = i / (places.length / batches) * batchStride;
      for (int k = 0; k < tuple; k++) {
        int axis = batchAxes + k;
        place += Indices.position(indices, i * tuple + k, shape.dimension(axis)) * strides[axis];
      }
      places[i] = place;
    }
    return places;
  }
}
