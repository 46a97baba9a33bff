package io.norma.kernel.compute.matrix;

import io.norma.kernel.compute.MultiplyAdd;
import java.util.Arrays;

/** Scalar twin: rows of B are added into a row of C, so that the innermost loop is contiguous. */
public record ScalarMatrixProduct() implements MatrixProduct {
  @Override
  public void multiply(
      int m,
      int n,
      int k,
      float[] a,
      int aOffset,
      int aRow,
      float[] b,
      int bOffset,
      int bRow,
      float[] c,
      int cOffset,
      int cRow,
      boolean accumulate,
      float[] panel,
      int panelOffset) {
    for (int i = 0; i < m; i++) {
      int row = cOffset + i * cRow;
      if (!accumulate) {
        Arrays.fill(c, row, row + n, 0);
      }
      for (int p = 0; p < k; p++) {
        float factor = a[aOffset + i * aRow + p];
        int from = bOffset + p * bRow;
        for (int j = 0; j < n; j++) {
          c[row + j] = MultiplyAdd.of(factor, b[from + j], c[row + j]);
        }
      }
    }
  }
}
