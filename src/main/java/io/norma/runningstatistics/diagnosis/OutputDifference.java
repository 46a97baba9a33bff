package io.norma.runningstatistics.diagnosis;

import io.norma.inference.ClassScores;
import io.norma.kernel.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * How two answers to one batch differ.
 *
 * @param changedAnswers share of rows whose largest element is at another position; {@code null}
 *     where an answer has no scores of classes, (N, K)
 * @param largest of any two elements at the same position
 * @param relative root mean square of the difference, relative to that of the second answer
 */
public record OutputDifference(@Nullable Double changedAnswers, double largest, double relative) {
  /**
   * Of one output.
   *
   * @param rows of the batch
   * @return {@code null} if they have no elements at the same positions, are no real numbers, or
   *     one is not finite
   */
  static @Nullable OutputDifference between(Tensor from, Tensor to, int rows) {
    if (!from.shape().equals(to.shape())
        || from.size() == 0
        || !from.dataType().isFloatingPoint()
        || !to.dataType().isFloatingPoint()) {
      return null;
    }
    double largest = 0;
    double squares = 0;
    double size = 0;
    for (int i = 0; i < from.size(); i++) {
      double value = to.getDouble(i);
      double difference = Math.abs(value - from.getDouble(i));
      largest = Math.max(largest, difference);
      squares += difference * difference;
      size += value * value;
    }
    double relative = relative(squares, size);
    return Double.isFinite(largest) && Double.isFinite(relative)
        ? new OutputDifference(changedAnswers(from, to, rows), largest, relative)
        : null;
  }

  /**
   * The root of a quotient of sums of squares; 0 where nothing differs, and infinite where
   * something does from nothing.
   */
  static double relative(double squares, double size) {
    return squares == 0 ? 0 : Math.sqrt(squares / size);
  }

  private static @Nullable Double changedAnswers(Tensor from, Tensor to, int rows) {
    if (from.shape().rank() != 2
        || from.shape().dimension(0) != rows
        || from.shape().dimension(1) < 2) {
      return null;
    }
    int length = from.shape().dimension(1);
    int changed = 0;
    for (int row = 0; row < rows; row++) {
      if (ClassScores.largest(from, row * length, length)
          != ClassScores.largest(to, row * length, length)) {
        changed++;
      }
    }
    return (double) changed / rows;
  }
}
