package io.norma.kernel.compute.elementwise;

import io.norma.kernel.tensor.Shape;

/**
 * Which elements of several tensors meet when they broadcast to one shape (ONNX, "Multidirectional
 * Broadcasting"). Axes along which all operands are laid out alike are taken together, so equal
 * shapes give a single run, and a vector of channels one run for each image and channel.
 */
public final class Broadcast {
  /** Takes one run. */
  @FunctionalInterface
  public interface Run {
    /**
     * Computes it.
     *
     * @param y index of the run's first element in the result
     * @param indices of its first element in each operand; reused for the next run
     * @param strides from one element to the next in each operand, 0 where one is repeated
     * @param length how many elements
     */
    void accept(int y, int[] indices, int[] strides, int length);
  }

  private final Shape shape;
  private final int[] extents;
  private final int[][] stridesByAxis;

  private Broadcast(Shape shape, int[] extents, int[][] stridesByAxis) {
    this.shape = shape;
    this.extents = extents;
    this.stridesByAxis = stridesByAxis;
  }

  /**
   * The broadcast of these shapes.
   *
   * @throws IllegalArgumentException if they do not fit
   */
  public static Broadcast of(Shape... operands) {
    Shape shape = operands[0];
    for (Shape operand : operands) {
      shape = Shape.broadcast(shape, operand);
    }
    int rank = shape.rank();
    int[] extents = new int[Math.max(rank, 1)];
    int[][] strides = new int[extents.length][];
    int last = extents.length;
    for (int axis = rank - 1; axis >= 0; axis--) {
      if (shape.dimension(axis) == 1) {
        continue;
      }
      int[] here = strides(operands, rank - axis);
      if (last < extents.length && continues(here, strides[last], extents[last])) {
        extents[last] *= shape.dimension(axis);
      } else {
        last--;
        extents[last] = shape.dimension(axis);
        strides[last] = here;
      }
    }
    if (last == extents.length) {
      last--;
      extents[last] = shape.size();
      strides[last] = new int[operands.length];
    }
    int kept = extents.length - last;
    int[] keptExtents = new int[kept];
    int[][] keptStrides = new int[kept][];
    System.arraycopy(extents, last, keptExtents, 0, kept);
    System.arraycopy(strides, last, keptStrides, 0, kept);
    return new Broadcast(shape, keptExtents, keptStrides);
  }

  private static int[] strides(Shape[] operands, int axisFromEnd) {
    int[] strides = new int[operands.length];
    for (int i = 0; i < strides.length; i++) {
      Shape operand = operands[i];
      int axis = operand.rank() - axisFromEnd;
      if (axis >= 0 && operand.dimension(axis) != 1) {
        strides[i] = operand.size(axis + 1, operand.rank());
      }
    }
    return strides;
  }

  private static boolean continues(int[] outer, int[] inner, int innerExtent) {
    for (int i = 0; i < outer.length; i++) {
      if (outer[i] != inner[i] * innerExtent) {
        return false;
      }
    }
    return true;
  }

  /** The shape of the result. */
  public Shape shape() {
    return shape;
  }

  /** Visits the result from its first to its last element. */
  public void forEachRun(Run run) {
    int size = shape.size();
    if (size == 0) {
      return;
    }
    int inner = extents.length - 1;
    int length = extents[inner];
    int[] position = new int[inner];
    int[] indices = new int[stridesByAxis[inner].length];
    for (int y = 0; y < size; y += length) {
      run.accept(y, indices, stridesByAxis[inner], length);
      int axis = inner - 1;
      while (axis >= 0) {
        step(indices, stridesByAxis[axis], 1);
        if (++position[axis] < extents[axis]) {
          break;
        }
        step(indices, stridesByAxis[axis], -extents[axis]);
        position[axis] = 0;
        axis--;
      }
    }
  }

  private static void step(int[] indices, int[] strides, int times) {
    for (int i = 0; i < indices.length; i++) {
      indices[i] += strides[i] * times;
    }
  }
}
