package io.norma.kernel.compute.matrix;

import io.norma.kernel.compute.Lanes;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * SIMD twin: tiles of C of 6 rows and two vectors stay in registers over a block of k, while B is
 * read from a panel of that block, packed so that it stays in the first-level cache.
 *
 * <p>All accumulators of a tile are locals of one method: C2 boxes vectors that cross a call. The
 * tiles are methods of their own, small enough for C2 to keep everything in registers.
 */
public record SimdMatrixProduct() implements MatrixProduct {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int ROWS = 6;
  private static final int COLUMNS = 2 * SPECIES.length();
  private static final int DEPTH = Math.min(256, PANEL_LENGTH / COLUMNS);

  /** Fewer rows than this do not repay packing a panel. */
  private static final int FEWEST_ROWS_TO_PACK = 4 * ROWS;

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
    if (k == 0) {
      clear(m, n, c, cOffset, cRow, accumulate);
      return;
    }
    boolean packs = m >= FEWEST_ROWS_TO_PACK;
    int depth = packs ? DEPTH : k;
    for (int p = 0; p < k; p += depth) {
      int block = Math.min(depth, k - p);
      boolean adds = accumulate || p > 0;
      for (int j = 0; j < n; j += COLUMNS) {
        int width = Math.min(COLUMNS, n - j);
        int from = bOffset + p * bRow + j;
        if (packs) {
          pack(block, width, b, from, bRow, panel, panelOffset);
          columns(
              m,
              width,
              block,
              a,
              aOffset + p,
              aRow,
              panel,
              panelOffset,
              COLUMNS,
              c,
              cOffset + j,
              cRow,
              adds);
        } else {
          columns(m, width, block, a, aOffset + p, aRow, b, from, bRow, c, cOffset + j, cRow, adds);
        }
      }
    }
  }

  private static void clear(int m, int n, float[] c, int cOffset, int cRow, boolean accumulate) {
    for (int i = 0; i < m && !accumulate; i++) {
      Arrays.fill(c, cOffset + i * cRow, cOffset + i * cRow + n, 0);
    }
  }

  private static void pack(
      int k, int width, float[] b, int bOffset, int bRow, float[] panel, int panelOffset) {
    for (int p = 0; p < k; p++) {
      System.arraycopy(b, bOffset + p * bRow, panel, panelOffset + p * COLUMNS, width);
    }
  }

  private static void columns(
      int m,
      int width,
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
      boolean accumulate) {
    int i = 0;
    if (width == COLUMNS) {
      for (; i <= m - ROWS; i += ROWS) {
        tile(
            k,
            a,
            aOffset + i * aRow,
            aRow,
            b,
            bOffset,
            bRow,
            c,
            cOffset + i * cRow,
            cRow,
            accumulate);
      }
      for (; i < m; i++) {
        row(k, a, aOffset + i * aRow, b, bOffset, bRow, c, cOffset + i * cRow, accumulate);
      }
      return;
    }
    for (int j = 0; j < width; j += SPECIES.length()) {
      VectorMask<Float> mask = SPECIES.indexInRange(j, width);
      for (i = 0; i <= m - ROWS; i += ROWS) {
        maskedTile(
            k,
            a,
            aOffset + i * aRow,
            aRow,
            b,
            bOffset + j,
            bRow,
            c,
            cOffset + i * cRow + j,
            cRow,
            accumulate,
            mask);
      }
      for (; i < m; i++) {
        maskedRow(
            k,
            a,
            aOffset + i * aRow,
            b,
            bOffset + j,
            bRow,
            c,
            cOffset + i * cRow + j,
            accumulate,
            mask);
      }
    }
  }

  private static void tile(
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
      boolean accumulate) {
    int width = SPECIES.length();
    int c0 = cOffset;
    int c1 = cOffset + cRow;
    int c2 = cOffset + 2 * cRow;
    int c3 = cOffset + 3 * cRow;
    int c4 = cOffset + 4 * cRow;
    int c5 = cOffset + 5 * cRow;
    FloatVector y00;
    FloatVector y01;
    FloatVector y10;
    FloatVector y11;
    FloatVector y20;
    FloatVector y21;
    FloatVector y30;
    FloatVector y31;
    FloatVector y40;
    FloatVector y41;
    FloatVector y50;
    FloatVector y51;
    if (accumulate) {
      y00 = FloatVector.fromArray(SPECIES, c, c0);
      y01 = FloatVector.fromArray(SPECIES, c, c0 + width);
      y10 = FloatVector.fromArray(SPECIES, c, c1);
      y11 = FloatVector.fromArray(SPECIES, c, c1 + width);
      y20 = FloatVector.fromArray(SPECIES, c, c2);
      y21 = FloatVector.fromArray(SPECIES, c, c2 + width);
      y30 = FloatVector.fromArray(SPECIES, c, c3);
      y31 = FloatVector.fromArray(SPECIES, c, c3 + width);
      y40 = FloatVector.fromArray(SPECIES, c, c4);
      y41 = FloatVector.fromArray(SPECIES, c, c4 + width);
      y50 = FloatVector.fromArray(SPECIES, c, c5);
      y51 = FloatVector.fromArray(SPECIES, c, c5 + width);
    } else {
      y00 = FloatVector.zero(SPECIES);
      y01 = FloatVector.zero(SPECIES);
      y10 = FloatVector.zero(SPECIES);
      y11 = FloatVector.zero(SPECIES);
      y20 = FloatVector.zero(SPECIES);
      y21 = FloatVector.zero(SPECIES);
      y30 = FloatVector.zero(SPECIES);
      y31 = FloatVector.zero(SPECIES);
      y40 = FloatVector.zero(SPECIES);
      y41 = FloatVector.zero(SPECIES);
      y50 = FloatVector.zero(SPECIES);
      y51 = FloatVector.zero(SPECIES);
    }
    int from = bOffset;
    int a0 = aOffset;
    int a1 = aOffset + aRow;
    int a2 = aOffset + 2 * aRow;
    int a3 = aOffset + 3 * aRow;
    int a4 = aOffset + 4 * aRow;
    int a5 = aOffset + 5 * aRow;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, from);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, from + width);
      FloatVector f0 = FloatVector.broadcast(SPECIES, a[a0 + p]);
      y00 = f0.fma(b0, y00);
      y01 = f0.fma(b1, y01);
      FloatVector f1 = FloatVector.broadcast(SPECIES, a[a1 + p]);
      y10 = f1.fma(b0, y10);
      y11 = f1.fma(b1, y11);
      FloatVector f2 = FloatVector.broadcast(SPECIES, a[a2 + p]);
      y20 = f2.fma(b0, y20);
      y21 = f2.fma(b1, y21);
      FloatVector f3 = FloatVector.broadcast(SPECIES, a[a3 + p]);
      y30 = f3.fma(b0, y30);
      y31 = f3.fma(b1, y31);
      FloatVector f4 = FloatVector.broadcast(SPECIES, a[a4 + p]);
      y40 = f4.fma(b0, y40);
      y41 = f4.fma(b1, y41);
      FloatVector f5 = FloatVector.broadcast(SPECIES, a[a5 + p]);
      y50 = f5.fma(b0, y50);
      y51 = f5.fma(b1, y51);
      from += bRow;
    }
    y00.intoArray(c, c0);
    y01.intoArray(c, c0 + width);
    y10.intoArray(c, c1);
    y11.intoArray(c, c1 + width);
    y20.intoArray(c, c2);
    y21.intoArray(c, c2 + width);
    y30.intoArray(c, c3);
    y31.intoArray(c, c3 + width);
    y40.intoArray(c, c4);
    y41.intoArray(c, c4 + width);
    y50.intoArray(c, c5);
    y51.intoArray(c, c5 + width);
  }

  private static void row(
      int k,
      float[] a,
      int aOffset,
      float[] b,
      int bOffset,
      int bRow,
      float[] c,
      int cOffset,
      boolean accumulate) {
    int width = SPECIES.length();
    int c0 = cOffset;
    FloatVector y00;
    FloatVector y01;
    if (accumulate) {
      y00 = FloatVector.fromArray(SPECIES, c, c0);
      y01 = FloatVector.fromArray(SPECIES, c, c0 + width);
    } else {
      y00 = FloatVector.zero(SPECIES);
      y01 = FloatVector.zero(SPECIES);
    }
    int from = bOffset;
    int a0 = aOffset;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, from);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, from + width);
      FloatVector f0 = FloatVector.broadcast(SPECIES, a[a0 + p]);
      y00 = f0.fma(b0, y00);
      y01 = f0.fma(b1, y01);
      from += bRow;
    }
    y00.intoArray(c, c0);
    y01.intoArray(c, c0 + width);
  }

  private static void maskedTile(
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
      VectorMask<Float> mask) {
    int c0 = cOffset;
    int c1 = cOffset + cRow;
    int c2 = cOffset + 2 * cRow;
    int c3 = cOffset + 3 * cRow;
    int c4 = cOffset + 4 * cRow;
    int c5 = cOffset + 5 * cRow;
    FloatVector y00;
    FloatVector y10;
    FloatVector y20;
    FloatVector y30;
    FloatVector y40;
    FloatVector y50;
    if (accumulate) {
      y00 = FloatVector.fromArray(SPECIES, c, c0, mask);
      y10 = FloatVector.fromArray(SPECIES, c, c1, mask);
      y20 = FloatVector.fromArray(SPECIES, c, c2, mask);
      y30 = FloatVector.fromArray(SPECIES, c, c3, mask);
      y40 = FloatVector.fromArray(SPECIES, c, c4, mask);
      y50 = FloatVector.fromArray(SPECIES, c, c5, mask);
    } else {
      y00 = FloatVector.zero(SPECIES);
      y10 = FloatVector.zero(SPECIES);
      y20 = FloatVector.zero(SPECIES);
      y30 = FloatVector.zero(SPECIES);
      y40 = FloatVector.zero(SPECIES);
      y50 = FloatVector.zero(SPECIES);
    }
    int from = bOffset;
    int a0 = aOffset;
    int a1 = aOffset + aRow;
    int a2 = aOffset + 2 * aRow;
    int a3 = aOffset + 3 * aRow;
    int a4 = aOffset + 4 * aRow;
    int a5 = aOffset + 5 * aRow;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, from, mask);
      y00 = b0.fma(FloatVector.broadcast(SPECIES, a[a0 + p]), y00);
      y10 = b0.fma(FloatVector.broadcast(SPECIES, a[a1 + p]), y10);
      y20 = b0.fma(FloatVector.broadcast(SPECIES, a[a2 + p]), y20);
      y30 = b0.fma(FloatVector.broadcast(SPECIES, a[a3 + p]), y30);
      y40 = b0.fma(FloatVector.broadcast(SPECIES, a[a4 + p]), y40);
      y50 = b0.fma(FloatVector.broadcast(SPECIES, a[a5 + p]), y50);
      from += bRow;
    }
    y00.intoArray(c, c0, mask);
    y10.intoArray(c, c1, mask);
    y20.intoArray(c, c2, mask);
    y30.intoArray(c, c3, mask);
    y40.intoArray(c, c4, mask);
    y50.intoArray(c, c5, mask);
  }

  private static void maskedRow(
      int k,
      float[] a,
      int aOffset,
      float[] b,
      int bOffset,
      int bRow,
      float[] c,
      int cOffset,
      boolean accumulate,
      VectorMask<Float> mask) {
    int c0 = cOffset;
    FloatVector y00;
    if (accumulate) {
      y00 = FloatVector.fromArray(SPECIES, c, c0, mask);
    } else {
      y00 = FloatVector.zero(SPECIES);
    }
    int from = bOffset;
    int a0 = aOffset;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, from, mask);
      y00 = b0.fma(FloatVector.broadcast(SPECIES, a[a0 + p]), y00);
      from += bRow;
    }
    y00.intoArray(c, c0, mask);
  }
}
