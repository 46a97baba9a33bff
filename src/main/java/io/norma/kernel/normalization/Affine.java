package io.norma.kernel.normalization;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * γ and β, per channel or, for conditional normalization, per row and channel.
 *
 * @param gamma γ of channel c, or of row n and channel c at {@code n·C + c}
 * @param perRow whether each row has its own
 */
record Affine(double[] gamma, double[] beta, boolean perRow) {
  /**
   * Reads optional tensors of shape (C) or (N, C); absent ones are 1 and 0.
   *
   * @throws IllegalArgumentException if a shape does not fit
   */
  static Affine of(@Nullable Tensor gamma, @Nullable Tensor beta, int rows, int channels) {
    boolean perRow = isPerRow("gamma", gamma, rows, channels);
    boolean betaPerRow = isPerRow("beta", beta, rows, channels);
    if (gamma != null && beta != null && perRow != betaPerRow) {
      throw new IllegalArgumentException(
          "gamma of shape %s and beta of shape %s must both be per channel or both per row"
              .formatted(gamma.shape(), beta.shape()));
    }
    perRow |= betaPerRow;
    int length = perRow ? rows * channels : channels;
    return new Affine(values(gamma, length, 1), values(beta, length, 0), perRow);
  }

  private static boolean isPerRow(String name, @Nullable Tensor tensor, int rows, int channels) {
    if (tensor == null || tensor.shape().equals(Shape.of(channels))) {
      return false;
    }
    if (tensor.shape().equals(Shape.of(rows, channels))) {
      return true;
    }
    throw new IllegalArgumentException(
        "%s: expected shape [%d], or [%d,%d] for one per row, got %s"
            .formatted(name, channels, rows, channels, tensor.shape()));
  }

  private static double[] values(@Nullable Tensor tensor, int length, double otherwise) {
    if (tensor != null) {
      return tensor.toDoubleArray();
    }
    double[] values = new double[length];
    Arrays.fill(values, otherwise);
    return values;
  }
}
