package io.norma.kernel.compute.matrix;

import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.tile.UnfusedTile;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * SIMD twin for machines without fused multiply-adds: of products and sums. Most such machines have
 * sixteen registers, which hold tiles of 3 rows and two vectors or 5 rows and one (see {@link
 * UnfusedTile}), and no masks: a tile over an edge works on a copy.
 */
public record UnfusedMatrixProduct() implements MatrixProduct {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int WIDE_ROWS = 3;
  private static final int WIDE = 2 * SPECIES.length();
  private static final int SLIM_ROWS = 5;
  private static final int SLIM = SPECIES.length();

  /** Elements of a tile's copy, which stands behind the panel. */
  private static final int COPY = WIDE_ROWS * WIDE;

  private static final int DEPTH = Math.min(256, (PANEL_LENGTH - COPY) / WIDE);

  /** Fewer rows than this do not repay packing a panel. */
  private static final int FEWEST_ROWS_TO_PACK = 8 * WIDE_ROWS;

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
    for (int i = 0; i < m && !accumulate; i++) {
      Arrays.fill(c, cOffset + i * cRow, cOffset + i * cRow + n, 0);
    }
    int copyOffset = panelOffset + PANEL_LENGTH - COPY;
    for (int p = 0; p < k; p += DEPTH) {
      int depth = Math.min(DEPTH, k - p);
      for (int j = 0; j < n; j += WIDE) {
        int width = Math.min(WIDE, n - j);
        float[] source = b;
        int from = bOffset + p * bRow + j;
        int step = bRow;
        if (width < WIDE || m >= FEWEST_ROWS_TO_PACK) {
          copy(depth, width, b, from, bRow, panel, panelOffset, WIDE);
          source = panel;
          from = panelOffset;
          step = WIDE;
        }
        columns(
            m,
            width,
            depth,
            a,
            aOffset + p,
            aRow,
            source,
            from,
            step,
            c,
            cOffset + j,
            cRow,
            panel,
            copyOffset);
      }
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
      float[] copy,
      int copyOffset) {
    boolean wide = width > SLIM;
    int rows = wide ? WIDE_ROWS : SLIM_ROWS;
    int lanes = wide ? WIDE : SLIM;
    for (int i = 0; i < m; i += rows) {
      int some = Math.min(rows, m - i);
      int from = aOffset + i * aRow;
      int to = cOffset + i * cRow;
      if (some == rows && width == lanes) {
        tile(wide, some, k, a, from, aRow, b, bOffset, bRow, c, to, cRow);
      } else {
        // Beside what is copied stands anything, and is left there.
        copy(some, width, c, to, cRow, copy, copyOffset, lanes);
        tile(wide, some, k, a, from, aRow, b, bOffset, bRow, copy, copyOffset, lanes);
        copy(some, width, copy, copyOffset, lanes, c, to, cRow);
      }
    }
  }

  private static void copy(
      int rows,
      int width,
      float[] from,
      int fromOffset,
      int fromRow,
      float[] to,
      int toOffset,
      int toRow) {
    for (int i = 0; i < rows; i++) {
      System.arraycopy(from, fromOffset + i * fromRow, to, toOffset + i * toRow, width);
    }
  }

  private static void tile(
      boolean wide,
      int rows,
      int k,
      float[] a,
      int aOffset,
      int aRow,
      float[] b,
      int bOffset,
      int bRow,
      float[] c,
      int cOffset,
      int cRow) {
    if (wide) {
      wide(rows, k, a, aOffset, aRow, b, bOffset, bRow, c, cOffset, cRow);
    } else {
      slim(rows, k, a, aOffset, aRow, b, bOffset, bRow, c, cOffset, cRow);
    }
  }

  /** Adds to 3 rows of two vectors. Of fewer rows of A the last is taken again. */
  private static void wide(
      int rows,
      int k,
      float[] a,
      int aOffset,
      int aRow,
      float[] b,
      int bOffset,
      int bRow,
      float[] c,
      int cOffset,
      int cRow) {
    int width = SPECIES.length();
    int c0 = cOffset;
    int c1 = cOffset + cRow;
    int c2 = cOffset + 2 * cRow;
    FloatVector y00 = FloatVector.fromArray(SPECIES, c, c0);
    FloatVector y01 = FloatVector.fromArray(SPECIES, c, c0 + width);
    FloatVector y10 = FloatVector.fromArray(SPECIES, c, c1);
    FloatVector y11 = FloatVector.fromArray(SPECIES, c, c1 + width);
    FloatVector y20 = FloatVector.fromArray(SPECIES, c, c2);
    FloatVector y21 = FloatVector.fromArray(SPECIES, c, c2 + width);
    int a0 = aOffset;
    int a1 = aOffset + Math.min(1, rows - 1) * aRow;
    int a2 = aOffset + Math.min(2, rows - 1) * aRow;
    int from = bOffset;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, from);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, from + width);
      FloatVector f0 = FloatVector.broadcast(SPECIES, a[a0 + p]);
      y00 = f0.mul(b0).add(y00);
      y01 = f0.mul(b1).add(y01);
      FloatVector f1 = FloatVector.broadcast(SPECIES, a[a1 + p]);
      y10 = f1.mul(b0).add(y10);
      y11 = f1.mul(b1).add(y11);
      FloatVector f2 = FloatVector.broadcast(SPECIES, a[a2 + p]);
      y20 = f2.mul(b0).add(y20);
      y21 = f2.mul(b1).add(y21);
      from += bRow;
    }
    y00.intoArray(c, c0);
    y01.intoArray(c, c0 + width);
    y10.intoArray(c, c1);
    y11.intoArray(c, c1 + width);
    y20.intoArray(c, c2);
    y21.intoArray(c, c2 + width);
  }

  /** Adds to 5 rows of one vector. Of fewer rows of A the last is taken again. */
  private static void slim(
      int rows,
      int k,
      float[] a,
      int aOffset,
      int aRow,
      float[] b,
      int bOffset,
      int bRow,
      float[] c,
      int cOffset,
      int cRow) {
    int c0 = cOffset;
    int c1 = cOffset + cRow;
    int c2 = cOffset + 2 * cRow;
    int c3 = cOffset + 3 * cRow;
    int c4 = cOffset + 4 * cRow;
    FloatVector y0 = FloatVector.fromArray(SPECIES, c, c0);
    FloatVector y1 = FloatVector.fromArray(SPECIES, c, c1);
    FloatVector y2 = FloatVector.fromArray(SPECIES, c, c2);
    FloatVector y3 = FloatVector.fromArray(SPECIES, c, c3);
    FloatVector y4 = FloatVector.fromArray(SPECIES, c, c4);
    int a0 = aOffset;
    int a1 = aOffset + Math.min(1, rows - 1) * aRow;
    int a2 = aOffset + Math.min(2, rows - 1) * aRow;
    int a3 = aOffset + Math.min(3, rows - 1) * aRow;
    int a4 = aOffset + Math.min(4, rows - 1) * aRow;
    int from = bOffset;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, from);
      FloatVector f0 = FloatVector.broadcast(SPECIES, a[a0 + p]);
      y0 = f0.mul(b0).add(y0);
      FloatVector f1 = FloatVector.broadcast(SPECIES, a[a1 + p]);
      y1 = f1.mul(b0).add(y1);
      FloatVector f2 = FloatVector.broadcast(SPECIES, a[a2 + p]);
      y2 = f2.mul(b0).add(y2);
      FloatVector f3 = FloatVector.broadcast(SPECIES, a[a3 + p]);
      y3 = f3.mul(b0).add(y3);
      FloatVector f4 = FloatVector.broadcast(SPECIES, a[a4 + p]);
      y4 = f4.mul(b0).add(y4);
      from += bRow;
    }
    y0.intoArray(c, c0);
    y1.intoArray(c, c1);
    y2.intoArray(c, c2);
    y3.intoArray(c, c3);
    y4.intoArray(c, c4);
  }
}
