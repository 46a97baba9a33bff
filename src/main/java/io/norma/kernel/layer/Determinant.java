package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.WorkLimit;
import java.util.Arrays;
import java.util.List;

/**
 * Determinants of square matrices, by elimination in double with the largest pivots.
 *
 * <p>Input: x, FP32 or FP64, [..., M, M]. Output: y, the type of x, the leading axes. Source: ONNX
 * {@code Det}.
 */
public record Determinant() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Shape shape = x.shape();
    boolean square = shape.rank() >= 2 && shape.dimension(-1) == shape.dimension(-2);
    if (!square || !x.dataType().isFloatingPoint()) {
      throw new IllegalArgumentException("expected square matrices of real numbers, got " + x);
    }
    int m = shape.dimension(-1);
    Tensor y =
        memory.allocate(
            x.dataType(), Shape.of(Arrays.copyOf(shape.dimensions(), shape.rank() - 2)));
    memory.reserve(8L * m * m);
    memory.work(WorkLimit.product(y.size(), m, m, m));
    double[][] matrix = new double[m][m];
    for (int n = 0; n < y.size(); n++) {
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < m; j++) {
          matrix[i][j] = x.getDouble((n * m + i) * m + j);
        }
      }
      y.setDouble(n, determinant(matrix));
    }
    return List.of(y);
  }

  private static double determinant(double[][] matrix) {
    double determinant = 1;
    for (int k = 0; k < matrix.length; k++) {
      int pivot = k;
      for (int i = k + 1; i < matrix.length; i++) {
        if (Math.abs(matrix[i][k]) > Math.abs(matrix[pivot][k])) {
          pivot = i;
        }
      }
      if (pivot != k) {
        double[] row = matrix[pivot];
        matrix[pivot] = matrix[k];
        matrix[k] = row;
        determinant = -determinant;
      }
      determinant *= matrix[k][k];
      if (matrix[k][k] == 0) {
        return 0;
      }
      for (int i = k + 1; i < matrix.length; i++) {
        double factor = matrix[i][k] / matrix[k][k];
        for (int j = k; j < matrix.length; j++) {
          matrix[i][j] -= factor * matrix[k][j];
        }
      }
    }
    return determinant;
  }
}
