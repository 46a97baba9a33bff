package io.norma.kernel.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The extents of a tensor, outermost first: {@code [N, C, H, W]} for a batch of images. A scalar
 * has rank 0 and one element. Immutable.
 */
public final class Shape {
  /** As NumPy has it: to go from one element to the next takes a step for each axis. */
  public static final int MOST_AXES = 64;

  private static final Shape SCALAR = new Shape(new int[0], 1);

  private final int[] dimensions;
  private final int size;

  private Shape(int[] dimensions, int size) {
    this.dimensions = dimensions;
    this.size = size;
  }

  /**
   * The shape with these dimensions.
   *
   * @throws IllegalArgumentException if a dimension is negative, the element count passes 2³¹−1, or
   *     there are more than {@value #MOST_AXES} axes
   */
  public static Shape of(int... dimensions) {
    if (dimensions.length == 0) {
      return SCALAR;
    }
    requireFew(dimensions.length);
    return new Shape(dimensions.clone(), elementCount(dimensions));
  }

  /** The shape with these dimensions, as ONNX and the wire give them. */
  public static Shape of(List<? extends Number> dimensions) {
    return ofLongs(dimensions.stream().mapToLong(Number::longValue).toArray());
  }

  /** The shape with these dimensions, as ONNX tensors of INT64 give them. */
  public static Shape ofLongs(long... dimensions) {
    requireFew(dimensions.length);
    int[] narrowed = new int[dimensions.length];
    for (int i = 0; i < narrowed.length; i++) {
      if (dimensions[i] < 0 || dimensions[i] > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "shape "
                + Arrays.toString(dimensions)
                + " has an impossible dimension "
                + dimensions[i]);
      }
      narrowed[i] = (int) dimensions[i];
    }
    return of(narrowed);
  }

  private static void requireFew(int axes) {
    if (axes > MOST_AXES) {
      throw new IllegalArgumentException(
          "a tensor has at most %d axes, but this one would have %d".formatted(MOST_AXES, axes));
    }
  }

  private static int elementCount(int[] dimensions) {
    long count = 1;
    boolean empty = false;
    for (int dimension : dimensions) {
      if (dimension < 0) {
        throw new IllegalArgumentException(
            "shape " + Arrays.toString(dimensions) + " has a negative dimension");
      }
      empty |= dimension == 0;
      count = Math.multiplyExact(count, Math.max(dimension, 1));
      if (count > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "shape " + Arrays.toString(dimensions) + " has more than 2^31-1 elements");
      }
    }
    return empty ? 0 : (int) count;
  }

  /** How many dimensions there are. */
  public int rank() {
    return dimensions.length;
  }

  /** How many elements a tensor of this shape has. */
  public int size() {
    return size;
  }

  /** The extent of an axis; a negative axis counts from the end. */
  public int dimension(int axis) {
    return dimensions[axis(axis)];
  }

  /** The dimensions, copied. */
  public int[] dimensions() {
    return dimensions.clone();
  }

  /** The dimensions as the wire and ONNX write them. */
  public long[] toLongs() {
    return Arrays.stream(dimensions).asLongStream().toArray();
  }

  /**
   * An axis counted from the front.
   *
   * @throws IllegalArgumentException if the axis lies outside {@code [-rank, rank)}
   */
  public int axis(int axis) {
    if (axis < -rank() || axis >= rank()) {
      throw new IllegalArgumentException(
          "axis " + axis + " is out of range for shape " + this + " of rank " + rank());
    }
    return axis < 0 ? axis + rank() : axis;
  }

  /**
   * The element count of the dimensions from {@code from} (inclusive) to {@code to} (exclusive).
   */
  public int size(int from, int to) {
    int count = 1;
    for (int axis = from; axis < to; axis++) {
      count *= dimensions[axis];
    }
    return count;
  }

  /** This shape with one dimension changed. */
  public Shape with(int axis, int dimension) {
    int[] changed = dimensions.clone();
    changed[axis(axis)] = dimension;
    return new Shape(changed, elementCount(changed));
  }

  /** How many elements lie between neighbours along each axis, in row-major order. */
  public int[] strides() {
    int[] strides = new int[rank()];
    int stride = 1;
    for (int axis = rank() - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= dimensions[axis];
    }
    return strides;
  }

  /**
   * The shape that two shapes broadcast to: aligned at their last axes, equal extents or 1 (ONNX,
   * "Multidirectional Broadcasting").
   *
   * @throws IllegalArgumentException if they do not fit
   */
  public static Shape broadcast(Shape a, Shape b) {
    if (a.equals(b)) {
      return a;
    }
    int rank = Math.max(a.rank(), b.rank());
    int[] dimensions = new int[rank];
    for (int i = 1; i <= rank; i++) {
      int left = i <= a.rank() ? a.dimension(-i) : 1;
      int right = i <= b.rank() ? b.dimension(-i) : 1;
      if (left != right && left != 1 && right != 1) {
        throw new IllegalArgumentException("shapes " + a + " and " + b + " do not broadcast");
      }
      dimensions[rank - i] = left == 1 ? right : left;
    }
    return of(dimensions);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dimensions, shape.dimensions);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dimensions);
  }

  @Override
  public String toString() {
    return Arrays.stream(dimensions)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(",", "[", "]"));
  }
}
