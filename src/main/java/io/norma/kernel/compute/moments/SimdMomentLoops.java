package io.norma.kernel.compute.moments;

import io.norma.kernel.compute.Lanes;
import io.norma.kernel.tensor.ChannelLayout;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * SIMD twin of {@link ScalarMomentLoops}: floats are widened as they are loaded.
 *
 * <p>Vectors of all lengths add up in one order, so that moments have the same bits on all of them:
 * a run goes into {@value MomentRuns#SUMS} sums, however many vectors these are, and columns are
 * divided between loops by the longest vector there may be.
 */
public final class SimdMomentLoops extends MomentLoops {
  private static final VectorSpecies<Float> WHOLE = Lanes.SPECIES;
  private static final VectorSpecies<Double> DOUBLES =
      VectorSpecies.of(double.class, WHOLE.vectorShape());
  private static final VectorSpecies<Float> HALF =
      VectorSpecies.of(float.class, VectorShape.forBitSize(WHOLE.vectorBitSize() / 2));
  private static final int LANES = DOUBLES.length();

  /** Doubles in the longest vector. */
  private static final int WIDEST = 8;

  /** Elements that stay in the second-level cache while tiles of columns are taken in turn. */
  private static final int CACHED = 1 << 18;

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
    double[] totals = new double[channels * MomentRuns.SUMS];
    double[] squares = new double[channels * MomentRuns.SUMS];
    for (int o = 0; o < layout.outer(); o++) {
      for (int c = 0; c < channels; c++) {
        int run = offset + o * layout.stride() + c * layout.inner();
        MomentRuns.add(x, run, layout.inner(), pivots[c], totals, squares, c * MomentRuns.SUMS);
      }
    }
    for (int c = 0; c < channels; c++) {
      mean[at + c] = MomentRuns.sum(totals, c * MomentRuns.SUMS);
      sum[at + c] = MomentRuns.sum(squares, c * MomentRuns.SUMS);
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
    int tiled = 0;
    if (rows * columns <= CACHED) {
      tiled = columns - columns % (4 * WIDEST);
      addTiles(x, offset, rows, stride, tiled, pivots, totals, squares);
    }
    int bound = columns - columns % WIDEST;
    int quarter = rows / 4;
    for (int r = 0; r < quarter; r++) {
      int row = offset + r * stride;
      addFourRows(x, row, quarter * stride, tiled, bound, pivots, totals, squares);
    }
    for (int r = 4 * quarter; r < rows; r++) {
      int row = offset + r * stride;
      for (int c = tiled; c < bound; c += LANES) {
        DoubleVector deviation = load(x, row + c).sub(load(pivots, c));
        DoubleVector.fromArray(DOUBLES, totals, c).add(deviation).intoArray(totals, c);
        deviation.fma(deviation, DoubleVector.fromArray(DOUBLES, squares, c)).intoArray(squares, c);
      }
    }
    for (int r = 0; r < rows && bound < columns; r++) {
      ScalarMomentLoops.row(x, offset + r * stride, bound, columns, pivots, totals, squares);
    }
  }

  /**
   * All rows of four vectors of columns, whose sums stay in registers, and so on. The loop over the
   * columns belongs here: C2 compiles a method of the inner loop alone to half as slow code again.
   */
  private static void addTiles(
      float[] x,
      int offset,
      int rows,
      int stride,
      int columns,
      float[] pivots,
      double[] totals,
      double[] squares) {
    for (int column = 0; column < columns; column += 4 * LANES) {
      DoubleVector pivotA = load(pivots, column);
      DoubleVector pivotB = load(pivots, column + LANES);
      DoubleVector pivotC = load(pivots, column + 2 * LANES);
      DoubleVector pivotD = load(pivots, column + 3 * LANES);
      DoubleVector totalA = DoubleVector.fromArray(DOUBLES, totals, column);
      DoubleVector totalB = DoubleVector.fromArray(DOUBLES, totals, column + LANES);
      DoubleVector totalC = DoubleVector.fromArray(DOUBLES, totals, column + 2 * LANES);
      DoubleVector totalD = DoubleVector.fromArray(DOUBLES, totals, column + 3 * LANES);
      DoubleVector squaresA = DoubleVector.fromArray(DOUBLES, squares, column);
      DoubleVector squaresB = DoubleVector.fromArray(DOUBLES, squares, column + LANES);
      DoubleVector squaresC = DoubleVector.fromArray(DOUBLES, squares, column + 2 * LANES);
      DoubleVector squaresD = DoubleVector.fromArray(DOUBLES, squares, column + 3 * LANES);
      for (int r = 0, i = offset + column; r < rows; r++, i += stride) {
        DoubleVector a = load(x, i).sub(pivotA);
        DoubleVector b = load(x, i + LANES).sub(pivotB);
        DoubleVector c = load(x, i + 2 * LANES).sub(pivotC);
        DoubleVector d = load(x, i + 3 * LANES).sub(pivotD);
        totalA = totalA.add(a);
        squaresA = a.fma(a, squaresA);
        totalB = totalB.add(b);
        squaresB = b.fma(b, squaresB);
        totalC = totalC.add(c);
        squaresC = c.fma(c, squaresC);
        totalD = totalD.add(d);
        squaresD = d.fma(d, squaresD);
      }
      totalA.intoArray(totals, column);
      totalB.intoArray(totals, column + LANES);
      totalC.intoArray(totals, column + 2 * LANES);
      totalD.intoArray(totals, column + 3 * LANES);
      squaresA.intoArray(squares, column);
      squaresB.intoArray(squares, column + LANES);
      squaresC.intoArray(squares, column + 2 * LANES);
      squaresD.intoArray(squares, column + 3 * LANES);
    }
  }

  /**
   * Four rows that are far apart. The machine reads ahead in each by itself: four at a time come
   * from memory more than twice as fast as one after the other.
   */
  private static void addFourRows(
      float[] x,
      int offset,
      int apart,
      int from,
      int to,
      float[] pivots,
      double[] totals,
      double[] squares) {
    for (int c = from; c < to; c += LANES) {
      DoubleVector pivot = load(pivots, c);
      int i = offset + c;
      DoubleVector d0 = load(x, i).sub(pivot);
      DoubleVector d1 = load(x, i + apart).sub(pivot);
      DoubleVector d2 = load(x, i + 2 * apart).sub(pivot);
      DoubleVector d3 = load(x, i + 3 * apart).sub(pivot);
      DoubleVector.fromArray(DOUBLES, totals, c)
          .add(d0.add(d1).add(d2.add(d3)))
          .intoArray(totals, c);
      DoubleVector pairs = d0.fma(d0, d1.mul(d1)).add(d2.fma(d2, d3.mul(d3)));
      DoubleVector.fromArray(DOUBLES, squares, c).add(pairs).intoArray(squares, c);
    }
  }
}
