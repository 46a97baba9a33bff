package io.norma.kernel.tensor;

import java.util.List;

/**
 * Where a layer gets memory. Elements have no defined value yet: a caller writes every one of them
 * before it reads any.
 */
@FunctionalInterface
public interface Memory {
  /** A tensor that a layer returns as an output. */
  Tensor allocate(DataType dataType, Shape shape);

  /** An FP32 tensor that a layer needs until it returns. */
  default Tensor scratch(Shape shape) {
    return allocate(DataType.FP32, shape);
  }

  /** {@link #scratch(Shape)} of one dimension. */
  default Tensor scratch(int length) {
    return scratch(Shape.of(length));
  }

  /**
   * Makes sure of bytes that a layer needs besides tensors until it returns, such as a table with
   * an entry for each element: it calls this before it allocates them.
   *
   * @throws MemoryLimitException if they are not left
   */
  default void reserve(long bytes) {}

  /**
   * Counts what a layer is about to compute, where that can be far more than its inputs and outputs
   * have elements: it calls this first.
   *
   * @param operations products that are added up, or what takes as long as one
   * @throws WorkLimitException if that is more than is allowed
   */
  default void work(long operations) {}

  /**
   * Whether a whole holds a part's elements already, from an element of it on, because they are the
   * same memory; if not, the caller copies them. A layer that joins tensors asks once for each, in
   * their order, so that memory that is planned can put parts there from the start.
   */
  @SuppressWarnings("ReferenceEquality") // the same array, not one alike
  default boolean holds(Tensor whole, int from, Tensor part) {
    return part.array() == whole.array() && part.offset() == whole.offset() + from;
  }

  /**
   * A sequence that a layer returns as an output.
   *
   * @throws IllegalArgumentException if a tensor is of another type
   */
  default TensorSequence sequence(DataType dataType, List<Tensor> tensors) {
    return TensorSequence.of(dataType, tensors);
  }

  /** Memory for a graph that a layer computes itself; the layer ends it before it returns. */
  default NestedMemory nested() {
    return new UncountedMemory(this);
  }

  /** Memory from the heap, a new array for each tensor. */
  static Memory heap() {
    return Tensor::zeros;
  }
}
