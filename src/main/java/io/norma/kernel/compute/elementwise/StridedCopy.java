package io.norma.kernel.compute.elementwise;

import io.norma.kernel.tensor.Tensor;

/**
 * Moves a box of elements from one tensor to another, each laid out by strides of its own: what
 * transposing, slicing, padding, tiling and expanding come down to. The type does not matter.
 */
public final class StridedCopy {
  private StridedCopy() {}

  /**
   * {@code to[toStart + Σ iₖ·toStrides[k]] = from[fromStart + Σ iₖ·fromStrides[k]]} for every
   * {@code 0 ≤ iₖ < extents[k]}.
   *
   * @param from of the same data type as {@code to}
   * @param fromStart counted from the tensor's first element
   * @param fromStrides of any sign; 0 repeats
   */
  public static void copy(
      Tensor from,
      int fromStart,
      int[] fromStrides,
      Tensor to,
      int toStart,
      int[] toStrides,
      int[] extents) {
    int rank = 0;
    int[] counts = new int[extents.length];
    int[] sources = new int[extents.length];
    int[] targets = new int[extents.length];
    for (int axis = 0; axis < extents.length; axis++) {
      if (extents[axis] == 0) {
        return;
      }
      if (extents[axis] == 1) {
        continue;
      }
      boolean continues =
          rank > 0
              && sources[rank - 1] == fromStrides[axis] * extents[axis]
              && targets[rank - 1] == toStrides[axis] * extents[axis];
      if (continues) {
        rank--;
        counts[rank] *= extents[axis];
      } else {
        counts[rank] = extents[axis];
      }
      sources[rank] = fromStrides[axis];
      targets[rank] = toStrides[axis];
      rank++;
    }
    Object source = from.array();
    Object target = to.array();
    int sourceIndex = from.offset() + fromStart;
    int targetIndex = to.offset() + toStart;
    if (rank == 0) {
      System.arraycopy(source, sourceIndex, target, targetIndex, 1);
      return;
    }
    int inner = rank - 1;
    int[] position = new int[inner];
    while (true) {
      row(source, sourceIndex, sources[inner], target, targetIndex, targets[inner], counts[inner]);
      int axis = inner - 1;
      while (axis >= 0) {
        sourceIndex += sources[axis];
        targetIndex += targets[axis];
        if (++position[axis] < counts[axis]) {
          break;
        }
        sourceIndex -= sources[axis] * counts[axis];
        targetIndex -= targets[axis] * counts[axis];
        position[axis] = 0;
        axis--;
      }
      if (axis < 0) {
        return;
      }
    }
  }

  private static void row(
      Object source,
      int sourceIndex,
      int sourceStride,
      Object target,
      int targetIndex,
      int targetStride,
      int count) {
    if (sourceStride == 1 && targetStride == 1) {
      System.arraycopy(source, sourceIndex, target, targetIndex, count);
      return;
    }
    switch (source) {
      case float[] s -> {
        float[] t = (float[]) target;
        for (int i = 0; i < count; i++) {
          t[targetIndex + i * targetStride] = s[sourceIndex + i * sourceStride];
        }
      }
      case double[] s -> {
        double[] t = (double[]) target;
        for (int i = 0; i < count; i++) {
          t[targetIndex + i * targetStride] = s[sourceIndex + i * sourceStride];
        }
      }
      case long[] s -> {
        long[] t = (long[]) target;
        for (int i = 0; i < count; i++) {
          t[targetIndex + i * targetStride] = s[sourceIndex + i * sourceStride];
        }
      }
      case int[] s -> {
        int[] t = (int[]) target;
        for (int i = 0; i < count; i++) {
          t[targetIndex + i * targetStride] = s[sourceIndex + i * sourceStride];
        }
      }
      case short[] s -> {
        short[] t = (short[]) target;
        for (int i = 0; i < count; i++) {
          t[targetIndex + i * targetStride] = s[sourceIndex + i * sourceStride];
        }
      }
      default -> {
        byte[] s = (byte[]) source;
        byte[] t = (byte[]) target;
        for (int i = 0; i < count; i++) {
          t[targetIndex + i * targetStride] = s[sourceIndex + i * sourceStride];
        }
      }
    }
  }
}
