package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.layer.support.ScatterReduction;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Puts slices into a copy of a tensor: {@code y[indices[i…, :]] = updates[i…]}, in order. Negative
 * indices count from the end.
 *
 * <p>Inputs: x, any type, rank r; indices, INT64, [i…, k], k at most r; updates, the type of x,
 * [i…, the axes of x after the first k]. Output: y, the type and shape of x. Source: ONNX {@code
 * ScatterND}.
 */
public record ScatterNd(ScatterReduction reduction) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor indices = inputs.get(1);
    Tensor updates = inputs.get(2);
    Elementwise.requireSameType(x, updates);
    int[] places = GatherNd.places(x.shape(), indices, 0);
    int slice = x.shape().size(indices.shape().dimension(-1), x.shape().rank());
    if (updates.size() != places.length * slice) {
      throw new IllegalArgumentException(
          "expected %d updates of %d elements, got %s".formatted(places.length, slice, updates));
    }
    Tensor y = memory.allocate(x.dataType(), x.shape());
    Elementwise.copy(x, y);
    for (int i = 0; i < places.length; i++) {
      for (int k = 0; k < slice; k++) {
        reduction.apply(y, places[i] + k, updates, i * slice + k);
      }
    }
    return List.of(y);
  }
}
