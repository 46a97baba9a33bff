package io.norma.kernel.compute;

import io.norma.kernel.tensor.ChannelLayout;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** SIMD twin of {@link ScalarMomentLoops}: floats are widened as they are loaded. */
final class SimdMomentLoops extends MomentLoops {
  private static final VectorSpecies<Float> WHOLE = Lanes.SPECIES;
  private static final VectorSpecies<Double> DOUBLES =
      VectorSpecies.of(double.class, WHOLE.vectorShape());
  private static final VectorSpecies<Float> HALF =
      VectorSpecies.of(float.class, VectorShape.forBitSize(WHOLE.vectorBitSize() / 2));
  private static final int LANES = DOUBLES.length();

  private static DoubleVector load(float[] x, int index) {
    return (DoubleVector)
        FloatVector.fromArray(HALF, x, index).convertShape(VectorOperators.F2D, DOUBLES, 0);
  }

  @Override
  void deviations(
      float[] x,
      int offset,
      ChannelLayout layout,
      float[] pivots,
      double[] mean,
      double[] sum,
      int at) {
    int channels = layout.channels();
    double[] totals = new double[channels * LANES];
    double[] squares = new double[channels * LANES];
    for (int o = 0; o < layout.outer(); o++) {
      for (int c = 0; c < channels; c++) {
        int run = offset + o * layout.stride() + c * layout.inner();
        addRun(x, run, layout.inner(), pivots[c], totals, squares, c * LANES);
      }
    }
    for (int c = 0; c < channels; c++) {
      mean[at + c] =
          DoubleVector.fromArray(DOUBLES, totals, c * LANES).reduceLanes(VectorOperators.ADD);
      sum[at + c] =
          DoubleVector.fromArray(DOUBLES, squares, c * LANES).reduceLanes(VectorOperators.ADD);
    }
  }

  private static void addRun(
      float[] x, int offset, int length, float pivot, double[] totals, double[] squares, int at) {
    DoubleVector pivots = DoubleVector.broadcast(DOUBLES, pivot);
    DoubleVector totalA = DoubleVector.fromArray(DOUBLES, totals, at);
    DoubleVector totalB = DoubleVector.zero(DOUBLES);
    DoubleVector totalC = totalB;
    DoubleVector totalD = totalB;
    DoubleVector squaresA = DoubleVector.fromArray(DOUBLES, squares, at);
    DoubleVector squaresB = totalB;
    DoubleVector squaresC = totalB;
    DoubleVector squaresD = totalB;
    int i = offset;
    int end = offset + length;
    for (; i <= end - 4 * LANES; i += 4 * LANES) {
      DoubleVector a = load(x, i).sub(pivots);
      DoubleVector b = load(x, i + LANES).sub(pivots);
      DoubleVector c = load(x, i + 2 * LANES).sub(pivots);
      DoubleVector d = load(x, i + 3 * LANES).sub(pivots);
      totalA = totalA.add(a);
      squaresA = a.fma(a, squaresA);
      totalB = totalB.add(b);
      squaresB = b.fma(b, squaresB);
      totalC = totalC.add(c);
      squaresC = c.fma(c, squaresC);
      totalD = totalD.add(d);
      squaresD = d.fma(d, squaresD);
    }
    for (; i < end; i += 2 * LANES) {
      // Beyond the end the pivot, which adds nothing.
      VectorMask<Float> inside = WHOLE.indexInRange(i, end);
      FloatVector rest =
          FloatVector.broadcast(WHOLE, pivot)
              .blend(FloatVector.fromArray(WHOLE, x, i, inside), inside);
      DoubleVector a = widen(rest, 0).sub(pivots);
      DoubleVector b = widen(rest, 1).sub(pivots);
      totalC = totalC.add(a);
      squaresC = a.fma(a, squaresC);
      totalD = totalD.add(b);
      squaresD = b.fma(b, squaresD);
    }
    totalA.add(totalB).add(totalC.add(totalD)).intoArray(totals, at);
    squaresA.add(squaresB).add(squaresC.add(squaresD)).intoArray(squares, at);
  }

  private static DoubleVector widen(FloatVector whole, int half) {
    return (DoubleVector) whole.convertShape(VectorOperators.F2D, DOUBLES, half);
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
    int bound = columns - columns % LANES;
    int r = 0;
    for (; r <= rows - 4; r += 4) {
      int row = offset + r * stride;
      for (int c = 0; c < bound; c += LANES) {
        DoubleVector pivot = load(pivots, c);
        int i = row + c;
        DoubleVector d0 = load(x, i).sub(pivot);
        DoubleVector d1 = load(x, i + stride).sub(pivot);
        DoubleVector d2 = load(x, i + 2 * stride).sub(pivot);
        DoubleVector d3 = load(x, i + 3 * stride).sub(pivot);
        DoubleVector.fromArray(DOUBLES, totals, c)
            .add(d0.add(d1).add(d2.add(d3)))
            .intoArray(totals, c);
        DoubleVector pairs = d0.fma(d0, d1.mul(d1)).add(d2.fma(d2, d3.mul(d3)));
        DoubleVector.fromArray(DOUBLES, squares, c).add(pairs).intoArray(squares, c);
      }
    }
    for (; r < rows; r++) {
      int row = offset + r * stride;
      for (int c = 0; c < bound; c += LANES) {
        DoubleVector deviation = load(x, row + c).sub(load(pivots, c));
        DoubleVector.fromArray(DOUBLES, totals, c).add(deviation).intoArray(totals, c);
        deviation.fma(deviation, DoubleVector.fromArray(DOUBLES, squares, c)).intoArray(squares, c);
      }
    }
    for (r = 0; r < rows && bound < columns; r++) {
      ScalarMomentLoops.row(x, offset + r * stride, bound, columns, pivots, totals, squares);
    }
  }
}
