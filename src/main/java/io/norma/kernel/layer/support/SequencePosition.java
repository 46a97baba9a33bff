package io.norma.kernel.layer.support;

import io.norma.kernel.tensor.Tensor;

/** Positions in sequences, as tensors give them. */
public final class SequencePosition {
  private SequencePosition() {}

  /**
   * A position counted from the front.
   *
   * @param length of the sequence
   * @param last the greatest position there may be
   * @throws IllegalArgumentException if there is no such position
   */
  public static int read(Tensor position, int length, int last) {
    if (position.size() != 1 || !position.dataType().isInteger()) {
      throw new IllegalArgumentException(
          "a position in a sequence must be one whole number, is " + position);
    }
    long given = position.getLong(0);
    if (given < -length || given > last) {
      throw new IllegalArgumentException(
          "position %d is out of range for a sequence of %d tensors".formatted(given, length));
    }
    return (int) (given < 0 ? given + length : given);
  }
}
