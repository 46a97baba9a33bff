package io.norma.kernel.layer.support;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;

/** The elements of x from one axis on, which a layer normalizes together. */
public record TrailingAxes(Shape shape, int axis) {
  public static TrailingAxes of(Shape x, int axis) {
    return new TrailingAxes(x, x.axis(axis));
  }

  /** How many groups of elements there are. */
  public int groups() {
    return shape.size(0, axis);
  }

  /** Elements in a group. */
  public int length() {
    return shape.size(axis, shape.rank());
  }

  /** Whether a tensor has an element for each of a group, and the shape of one. */
  public boolean are(Tensor tensor) {
    int rank = shape.rank() - axis;
    if (tensor.shape().rank() != rank) {
      return false;
    }
    for (int i = 0; i < rank; i++) {
      if (tensor.shape().dimension(i) != shape.dimension(axis + i)) {
        return false;
      }
    }
    return true;
  }

  /** The shape of one number per group: {@code [d₀, …, 1, …, 1]}. */
  public Shape reduced() {
    Shape reduced = shape;
    for (int i = axis; i < shape.rank(); i++) {
      reduced = reduced.with(i, 1);
    }
    return reduced;
  }

  /**
   * For each element of x, which element of a tensor that broadcasts to x it meets.
   *
   * @throws IllegalArgumentException if the tensor does not broadcast to x
   */
  public int[] broadcast(String name, Tensor tensor, Memory memory) {
    Shape other = tensor.shape();
    if (other.rank() > shape.rank() || !Shape.broadcast(other, shape).equals(shape)) {
      throw new IllegalArgumentException(
          "expected %s to broadcast to %s, got %s".formatted(name, shape, other));
    }
    memory.reserve(8L * shape.size());
    int[] index = new int[1];
    int skipped = shape.rank() - other.rank();
    int[] strides = other.strides();
    for (int i = 0; i < shape.rank(); i++) {
      int extent = shape.dimension(i);
      int stride = i < skipped || other.dimension(i - skipped) == 1 ? 0 : strides[i - skipped];
      int[] next = new int[index.length * extent];
      for (int j = 0; j < next.length; j++) {
        next[j] = index[j / extent] + j % extent * stride;
      }
      index = next;
    }
    return index;
  }
}
