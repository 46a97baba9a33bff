package io.norma.kernel.layer.support;

import io.norma.kernel.tensor.Tensor;

/** Positions along an axis, as tensors give them. */
public final class Indices {
  private Indices() {}

  /**
   * All elements, counted from the front.
   *
   * @throws IllegalArgumentException if one lies outside the extent
   */
  public static int[] read(Tensor indices, int extent) {
    if (!indices.dataType().isInteger()) {
      throw new IllegalArgumentException("indices must be whole numbers, are " + indices);
    }
    int[] positions = new int[indices.size()];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = position(indices, i, extent);
    }
    return positions;
  }

  public static int position(Tensor indices, int element, int extent) {
    long index = indices.getLong(element);
    if (index < -extent || index >= extent) {
      throw new IllegalArgumentException(
          "index %d is out of range for an axis of extent %d".formatted(index, extent));
    }
    return (int) (index < 0 ? index + extent : index);
  }
}
