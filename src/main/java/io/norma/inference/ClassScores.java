package io.norma.inference;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a network of classes says of each row: its answer, and how sure it is, max softmax(z) of
 * logits z (Hendrycks and Gimpel 2017, "A baseline for detecting misclassified and
 * out-of-distribution examples"). Rows that are probabilities already are taken as they are.
 *
 * @param classes K
 * @param answers per row the position of the largest score
 * @param confidences per row the probability of the answer; 0 where a score is not a number
 */
public record ClassScores(int classes, int[] answers, double[] confidences) {
  /** More than any network of classes has; fewer than a map of pixels. */
  private static final int MOST_CLASSES = 1 << 16;

  private static final double SUM_TOLERANCE = 1e-3;

  /**
   * Of the first output of shape (N, K) with real numbers and at least two columns.
   *
   * @param rows N
   * @return {@code null} if there is none: a network that has no classes
   */
  public static @Nullable ClassScores of(List<Tensor> outputs, int rows) {
    for (Tensor output : outputs) {
      if (output.dataType() == DataType.FP32
          && output.shape().rank() == 2
          && output.shape().dimension(0) == rows
          && output.shape().dimension(1) >= 2
          && output.shape().dimension(1) <= MOST_CLASSES) {
        return of(output.toFloatArray(), rows, output.shape().dimension(1));
      }
    }
    return null;
  }

  private static ClassScores of(float[] scores, int rows, int classes) {
    int[] answers = new int[rows];
    double[] confidences = new double[rows];
    for (int row = 0; row < rows; row++) {
      int from = row * classes;
      int largest = 0;
      double sum = 0;
      boolean negative = false;
      for (int k = 0; k < classes; k++) {
        float score = scores[from + k];
        largest = score > scores[from + largest] ? k : largest;
        sum += score;
        negative |= score < 0;
      }
      answers[row] = largest;
      boolean probabilities = !negative && Math.abs(sum - 1) <= SUM_TOLERANCE;
      double confidence =
          probabilities ? scores[from + largest] : softmax(scores, from, classes, largest);
      confidences[row] = Double.isNaN(confidence) ? 0 : confidence;
    }
    return new ClassScores(classes, answers, confidences);
  }

  /** Position of the largest of some elements, from their beginning; the first of several alike. */
  public static int largest(Tensor scores, int from, int length) {
    int largest = 0;
    for (int i = 1; i < length; i++) {
      if (scores.getDouble(from + i) > scores.getDouble(from + largest)) {
        largest = i;
      }
    }
    return largest;
  }

  /** {@code 1/Σ_k exp(z_k − max z)}. */
  private static double softmax(float[] scores, int from, int classes, int largest) {
    double sum = 0;
    for (int k = 0; k < classes; k++) {
      sum += Math.exp((double) scores[from + k] - scores[from + largest]);
    }
    return 1 / sum;
  }
}
