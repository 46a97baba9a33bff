package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Writes updates into a copy of a cache, from a position along an axis on: {@code y[n, …, p + i, …]
 * = updates[n, …, i, …]}, {@code p = indices[n]}; if circular, modulo the cache's extent.
 *
 * <p>Inputs: cache, any type, rank 2 or more; updates, the same type, and the same shape but along
 * the axis; optionally indices, INT64, [N], else 0. Output: y, the type and shape of the cache.
 * Source: ONNX {@code TensorScatter}.
 */
public record TensorScatter(int axis, boolean circular) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor cache = inputs.get(0);
    Tensor updates = inputs.get(1);
    Elementwise.requireSameType(cache, updates);
    int at = cache.shape().axis(axis);
    int extent = cache.shape().dimension(at);
    int length = updates.shape().dimension(at);
    if (at == 0 || !updates.shape().with(at, extent).equals(cache.shape()) || length > extent) {
      throw new IllegalArgumentException(
          "updates %s do not fit a cache %s along axis %d".formatted(updates, cache, axis));
    }
    Tensor indices = inputs.optional(2);
    if (indices != null && indices.size() != cache.shape().dimension(0)) {
      throw new IllegalArgumentException(
          "expected one position per sample of %s, got %s".formatted(cache, indices));
    }
    Tensor y = memory.allocate(cache.dataType(), cache.shape());
    Elementwise.copy(cache, y);
    int outer = cache.shape().size(0, at);
    int inner = cache.shape().size(at + 1, cache.shape().rank());
    int perSample = cache.shape().size(1, at);
    for (int o = 0; o < outer; o++) {
      long start = indices == null ? 0 : indices.getLong(o / perSample);
      if (start < 0 || (!circular && start + length > extent)) {
        throw new IllegalArgumentException(
            "%d updates from position %d on do not fit an extent of %d"
                .formatted(length, start, extent));
      }
      for (int i = 0; i < length; i++) {
        System.arraycopy(
            updates.array(),
            updates.offset() + (o * length + i) * inner,
            y.array(),
            y.offset() + (o * extent + (int) ((start + i) % extent)) * inner,
            inner);
      }
    }
    return List.of(y);
  }

  /**
   * The layer by the name of its mode.
   *
   * @throws IllegalArgumentException if the name is neither {@code linear} nor {@code circular}
   */
  public static TensorScatter of(int axis, String mode) {
    return switch (mode) {
      case "linear" -> new TensorScatter(axis, false);
      case "circular" -> new TensorScatter(axis, true);
      default ->
          throw new IllegalArgumentException(
              "mode must be 'linear' or 'circular', is '" + mode + "'");
    };
  }
}
