package io.norma.kernel.compute;

/** Scalar twin of {@link SimdMomentLoops}. */
final class ScalarMomentLoops extends MomentLoops {
  @Override
  double sum(float[] x, int offset, int runs, int stride, int length) {
    double sum = 0;
    for (int r = 0; r < runs; r++) {
      for (int i = offset + r * stride, end = i + length; i < end; i++) {
        sum += x[i];
      }
    }
    return sum;
  }

  @Override
  double squaredDeviations(float[] x, int offset, int runs, int stride, int length, double mean) {
    double sum = 0;
    for (int r = 0; r < runs; r++) {
      for (int i = offset + r * stride, end = i + length; i < end; i++) {
        double deviation = x[i] - mean;
        sum = Math.fma(deviation, deviation, sum);
      }
    }
    return sum;
  }

  @Override
  void columnBlock(
      float[] x,
      int offset,
      int rows,
      int stride,
      int columns,
      double[] mean,
      double[] sum,
      int at,
      long rowsBefore) {
    for (int c = 0; c < columns; c++) {
      column(x, offset + c, rows, stride, mean, sum, at + c, rowsBefore);
    }
  }

  static void column(
      float[] x,
      int offset,
      int rows,
      int stride,
      double[] mean,
      double[] sum,
      int at,
      long rowsBefore) {
    double total = 0;
    for (int r = 0, i = offset; r < rows; r++, i += stride) {
      total += x[i];
    }
    double blockMean = total / rows;
    double deviations = 0;
    for (int r = 0, i = offset; r < rows; r++, i += stride) {
      double deviation = x[i] - blockMean;
      deviations = Math.fma(deviation, deviation, deviations);
    }
    merge(mean, sum, at, rowsBefore, blockMean, deviations, rows);
  }
}
