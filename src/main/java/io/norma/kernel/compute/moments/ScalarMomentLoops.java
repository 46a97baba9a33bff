package io.norma.kernel.compute.moments;

import io.norma.kernel.compute.MultiplyAdd;
import io.norma.kernel.tensor.ChannelLayout;

/** Scalar twin of {@link SimdMomentLoops}. */
public final class ScalarMomentLoops extends MomentLoops {
  @Override
  void deviations(
      float[] x,
      int offset,
      ChannelLayout layout,
      float[] pivots,
      double[] mean,
      double[] sum,
      int at) {
    for (int c = 0; c < layout.channels(); c++) {
      double total = 0;
      double squares = 0;
      for (int o = 0; o < layout.outer(); o++) {
        int run = offset + o * layout.stride() + c * layout.inner();
        for (int i = run; i < run + layout.inner(); i++) {
          double deviation = (double) x[i] - pivots[c];
          total += deviation;
          squares = MultiplyAdd.of(deviation, deviation, squares);
        }
      }
      mean[at + c] = total;
      sum[at + c] = squares;
    }
  }

  @Override
  void columnDeviations(
      float[] x,
      int offset,
      int rows,
      int stride,
      int columns,
      float[] pivots,
      double[] totals,
      double[] squares) {
    for (int r = 0; r < rows; r++) {
      row(x, offset + r * stride, 0, columns, pivots, totals, squares);
    }
  }

  /** Columns {@code from} to {@code columns} of one row. */
  static void row(
      float[] x,
      int offset,
      int from,
      int columns,
      float[] pivots,
      double[] totals,
      double[] squares) {
    for (int c = from; c < columns; c++) {
      double deviation = (double) x[offset + c] - pivots[c];
      totals[c] += deviation;
      squares[c] = MultiplyAdd.of(deviation, deviation, squares[c]);
    }
  }
}
