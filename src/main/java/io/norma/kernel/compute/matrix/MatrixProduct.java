package io.norma.kernel.compute.matrix;

import io.norma.kernel.compute.Simd;

/**
 * The product of row-major matrices {@code C = A·B} or {@code C = C + A·B}, with A (m, k), B (k, n)
 * and C (m, n).
 *
 * <p>Each element of C is one chain of fused multiply-adds in the order of k, {@code c =
 * fma(a[i][p], b[p][j], c)} for p = 0 … k−1, from 0 or from the old C: an element depends on its
 * row of A and its column of B alone, to the bit, and all twins give the same bits. On machines
 * without fused multiply-adds these are products and sums.
 */
public sealed interface MatrixProduct
    permits ScalarMatrixProduct, SimdMatrixProduct, UnfusedMatrixProduct {
  /** Elements of scratch space that {@link #multiply} needs. */
  int PANEL_LENGTH = 8192;

  /** The twin for this machine. */
  static MatrixProduct get() {
    final class Holder {
      static final MatrixProduct INSTANCE =
          Simd.choose(
              () -> new SimdMatrixProduct(),
              () -> new UnfusedMatrixProduct(),
              () -> new ScalarMatrixProduct());

      private Holder() {}
    }
    return Holder.INSTANCE;
  }

  /**
   * Multiplies. C shares no memory with A, B or the panel.
   *
   * @param aRow elements from one row of A to the next; bRow and cRow likewise
   * @param accumulate whether to add to what C holds instead of overwriting it
   * @param panel scratch space of {@link #PANEL_LENGTH} elements from panelOffset on
   */
  void multiply(
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
      int panelOffset);
}
