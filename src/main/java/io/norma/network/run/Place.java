package io.norma.network.run;

/** Where in a workspace a group of tensors goes, and the steps between which it is there. */
final class Place {
  /** Elements that a tensor is aligned to: one cache line of floats. */
  static final int ALIGNMENT = 16;

  final TensorGroup group;
  final int first;
  final int last;
  int offset;

  private final int start;
  private final int size;

  Place(TensorGroup group) {
    this.group = group;
    start = group.start();
    size = group.size();
    first = group.first();
    last = group.last();
  }

  /** Floats that it has. */
  int size() {
    return size;
  }

  /**
   * Floats that it takes, up to where the next may begin.
   *
   * @throws ArithmeticException if they are more than an array has
   */
  int alignedSize() {
    return Math.addExact(size, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /**
   * The first float behind it.
   *
   * @throws ArithmeticException if that is more than an array has
   */
  int end() {
    return Math.addExact(offset, alignedSize());
  }

  int offsetOf(TensorLife member) {
    return offset + member.place - start;
  }
}
