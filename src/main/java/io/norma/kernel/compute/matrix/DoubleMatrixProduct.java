package io.norma.kernel.compute.matrix;

import io.norma.kernel.compute.MultiplyAdd;
import java.util.Arrays;

/**
 * {@code C = A·B} of row-major matrices in double, A (m, k), B (k, n): for networks in FP64, which
 * are rare. Each element of C is one chain of fused multiply-adds in the order of k.
 */
public final class DoubleMatrixProduct {
  private DoubleMatrixProduct() {}

  /** Overwrites C, whose rows stand n apart; A's rows stand k apart, B's n. */
  public static void multiply(
      int m,
      int n,
      int k,
      double[] a,
      int aOffset,
      double[] b,
      int bOffset,
      double[] c,
      int cOffset) {
    for (int i = 0; i < m; i++) {
      int row = cOffset + i * n;
      Arrays.fill(c, row, row + n, 0);
      for (int p = 0; p < k; p++) {
        double factor = a[aOffset + i * k + p];
        int from = bOffset + p * n;
        for (int j = 0; j < n; j++) {
          c[row + j] = MultiplyAdd.of(factor, b[from + j], c[row + j]);
        }
      }
    }
  }
}
