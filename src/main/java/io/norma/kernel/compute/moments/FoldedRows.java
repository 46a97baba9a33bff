package io.norma.kernel.compute.moments;

import io.norma.kernel.tensor.ChannelLayout;
import java.util.Arrays;

/**
 * A layout whose channels are neighbouring columns, as the matrix that the loops run over. Where it
 * has few columns, as many neighbouring rows as fill a few vectors are joined to one, and what is
 * known per column is repeated; rows that are left over make one shorter row at the end.
 *
 * @param channels of the layout
 * @param inner columns of a channel in a row of the layout
 * @param count rows, without the shorter one
 * @param stride elements from one row to the next
 * @param columns of a row
 * @param restColumns of the shorter row, or 0
 */
public record FoldedRows(
    int channels, int inner, int count, int stride, int columns, int restColumns) {
  /** A row of so many columns is long enough for loops that reload what is known per column. */
  private static final int LONG = 512;

  /** A row of so many columns is short enough to keep in registers what is known per column. */
  static final int SHORT = 64;

  /** So many short rows stay in the first-level cache while their columns are taken in turn. */
  static final int BLOCK = 32;

  /** Floats of the longest vector: a row of a multiple of them leaves no column for scalar code. */
  private static final int LANES = 16;

  /** For sums per column. */
  static FoldedRows of(ChannelLayout layout) {
    return of(layout, LONG);
  }

  /**
   * For what is computed element by element: rows of {@value #SHORT} columns where they come out.
   */
  static FoldedRows elementwise(ChannelLayout layout) {
    int columns = layout.channels() * layout.inner();
    return of(layout, columns > 0 && SHORT % columns == 0 ? SHORT : LONG);
  }

  private static FoldedRows of(ChannelLayout layout, int length) {
    int columns = layout.channels() * layout.inner();
    int joined = layout.stride() == columns ? Math.min(joined(columns, length), layout.outer()) : 1;
    if (joined <= 1) {
      return new FoldedRows(
          layout.channels(), layout.inner(), layout.outer(), layout.stride(), columns, 0);
    }
    return new FoldedRows(
        layout.channels(),
        layout.inner(),
        layout.outer() / joined,
        joined * columns,
        joined * columns,
        layout.outer() % joined * columns);
  }

  private static int joined(int columns, int length) {
    int joined = columns == 0 ? 1 : length / columns;
    return joined > LANES ? joined - joined % LANES : Integer.highestOneBit(joined);
  }

  /** Where the shorter row begins. */
  int restOffset() {
    return count * stride;
  }

  /** What is known per channel, for every column. */
  float[] perColumn(float[] perChannel) {
    if (columns == channels) {
      return perChannel;
    }
    float[] values = new float[columns];
    for (int c = 0; c < channels; c++) {
      Arrays.fill(values, c * inner, (c + 1) * inner, perChannel[c]);
    }
    int row = channels * inner;
    for (int k = row; k < columns; k += row) {
      System.arraycopy(values, 0, values, k, row);
    }
    return values;
  }

  /** Several vectors, each by {@link #perColumn(float[])}. */
  float[][] perColumn(float[][] perChannel) {
    float[][] values = new float[perChannel.length][];
    for (int i = 0; i < values.length; i++) {
      values[i] = perColumn(perChannel[i]);
    }
    return values;
  }

  /** The sum of what was added up per column, for every channel. */
  double[] perChannel(double[] perColumn) {
    if (columns == channels) {
      return perColumn;
    }
    double[] sums = new double[channels];
    for (int k = 0; k < columns; k += channels * inner) {
      for (int c = 0; c < channels; c++) {
        for (int i = k + c * inner; i < k + (c + 1) * inner; i++) {
          sums[c] += perColumn[i];
        }
      }
    }
    return sums;
  }
}
