package io.norma.kernel.compute;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** SIMD twin of {@link ScalarMomentLoops}: floats are widened as they are loaded. */
final class SimdMomentLoops extends MomentLoops {
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Float> FLOATS =
      VectorSpecies.of(float.class, VectorShape.forBitSize(DOUBLES.vectorBitSize() / 2));
  private static final int LANES = DOUBLES.length();

  private static DoubleVector load(float[] x, int index) {
    return (DoubleVector)
        FloatVector.fromArray(FLOATS, x, index).convertShape(VectorOperators.F2D, DOUBLES, 0);
  }

  @Override
  double sum(float[] x, int offset, int runs, int stride, int length) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    double rest = 0;
    for (int r = 0; r < runs; r++) {
      int i = offset + r * stride;
      int end = i + length;
      for (; i <= end - 4 * LANES; i += 4 * LANES) {
        a = a.add(load(x, i));
        b = b.add(load(x, i + LANES));
        c = c.add(load(x, i + 2 * LANES));
        d = d.add(load(x, i + 3 * LANES));
      }
      for (; i <= end - LANES; i += LANES) {
        a = a.add(load(x, i));
      }
      for (; i < end; i++) {
        rest += x[i];
      }
    }
    return a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD) + rest;
  }

  @Override
  double squaredDeviations(float[] x, int offset, int runs, int stride, int length, double mean) {
    DoubleVector means = DoubleVector.broadcast(DOUBLES, mean);
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    double rest = 0;
    for (int r = 0; r < runs; r++) {
      int i = offset + r * stride;
      int end = i + length;
      for (; i <= end - 4 * LANES; i += 4 * LANES) {
        DoubleVector first = load(x, i).sub(means);
        DoubleVector second = load(x, i + LANES).sub(means);
        DoubleVector third = load(x, i + 2 * LANES).sub(means);
        DoubleVector fourth = load(x, i + 3 * LANES).sub(means);
        a = first.fma(first, a);
        b = second.fma(second, b);
        c = third.fma(third, c);
        d = fourth.fma(fourth, d);
      }
      for (; i <= end - LANES; i += LANES) {
        DoubleVector deviation = load(x, i).sub(means);
        a = deviation.fma(deviation, a);
      }
      for (; i < end; i++) {
        double deviation = x[i] - mean;
        rest = Math.fma(deviation, deviation, rest);
      }
    }
    return a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD) + rest;
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
    double[] block = new double[4 * LANES];
    int c = 0;
    for (; c <= columns - 2 * LANES; c += 2 * LANES) {
      stripe(x, offset + c, rows, stride, block);
      for (int k = 0; k < 2 * LANES; k++) {
        merge(mean, sum, at + c + k, rowsBefore, block[k], block[2 * LANES + k], rows);
      }
    }
    for (; c < columns; c++) {
      ScalarMomentLoops.column(x, offset + c, rows, stride, mean, sum, at + c, rowsBefore);
    }
  }

  /** Means and sums of squared deviations of as many columns as two vectors hold. */
  private static void stripe(float[] x, int offset, int rows, int stride, double[] result) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    for (int r = 0, i = offset; r < rows; r++, i += stride) {
      a = a.add(load(x, i));
      b = b.add(load(x, i + LANES));
    }
    DoubleVector meanA = a.div(rows);
    DoubleVector meanB = b.div(rows);
    meanA.intoArray(result, 0);
    meanB.intoArray(result, LANES);
    a = DoubleVector.zero(DOUBLES);
    b = a;
    for (int r = 0, i = offset; r < rows; r++, i += stride) {
      DoubleVector first = load(x, i).sub(meanA);
      DoubleVector second = load(x, i + LANES).sub(meanB);
      a = first.fma(first, a);
      b = second.fma(second, b);
    }
    a.intoArray(result, 2 * LANES);
    b.intoArray(result, 3 * LANES);
  }
}
