package io.norma.kernel.compute.moments;

import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.MultiplyAdd;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Adds up {@code d = x − p} and {@code d²} of values that stand together. Value i of a run goes to
 * the sums at {@code i mod 8}, of which there are twice as many while the run lasts: as vectors of
 * 128, 256 and 512 bits these are eight, four and two, and give the same bits. So many are on their
 * way at a time that no sum waits for the one before.
 */
final class MomentRuns {
  /** Sums of a channel; {@link #sum} makes one of them. */
  static final int SUMS = 8;

  private static final int STEP = 2 * SUMS;
  private static final VectorSpecies<Double> DOUBLES =
      VectorSpecies.of(double.class, Lanes.SPECIES.vectorShape());
  private static final VectorSpecies<Float> HALF =
      VectorSpecies.of(float.class, VectorShape.forBitSize(Lanes.SPECIES.vectorBitSize() / 2));
  private static final int LANES = DOUBLES.length();

  private MomentRuns() {}

  private static DoubleVector load(float[] x, int index) {
    return (DoubleVector)
        FloatVector.fromArray(HALF, x, index).convertShape(VectorOperators.F2D, DOUBLES, 0);
  }

  /** Adds a run to the sums that begin at an index. */
  static void add(
      float[] x, int offset, int length, float pivot, double[] totals, double[] squares, int at) {
    int end = offset + length - length % STEP;
    if (LANES == SUMS) {
      addByTwo(x, offset, end, pivot, totals, squares, at);
    } else {
      // Vectors of 128 bits take a half of the sums and then the other, for want of registers.
      for (int half = 0; half < SUMS; half += 2 * LANES) {
        addByFour(x, offset + half, end, pivot, totals, squares, at + half);
      }
    }
    int rest = length % STEP;
    if (rest >= SUMS) {
      addOnce(x, end, pivot, totals, squares, at);
    }
    for (int i = rest - rest % SUMS; i < rest; i++) {
      double deviation = (double) x[end + i] - pivot;
      int sum = at + i % SUMS;
      totals[sum] += deviation;
      squares[sum] = MultiplyAdd.of(deviation, deviation, squares[sum]);
    }
  }

  /** One value to each sum. */
  private static void addOnce(
      float[] x, int from, float pivot, double[] totals, double[] squares, int at) {
    DoubleVector pivots = DoubleVector.broadcast(DOUBLES, pivot);
    for (int k = 0; k < SUMS; k += LANES) {
      DoubleVector deviation = load(x, from + k).sub(pivots);
      DoubleVector.fromArray(DOUBLES, totals, at + k).add(deviation).intoArray(totals, at + k);
      deviation
          .fma(deviation, DoubleVector.fromArray(DOUBLES, squares, at + k))
          .intoArray(squares, at + k);
    }
  }

  /** Sums that are two vectors, in four of them. */
  private static void addByFour(
      float[] x, int from, int end, float pivot, double[] totals, double[] squares, int at) {
    DoubleVector pivots = DoubleVector.broadcast(DOUBLES, pivot);
    DoubleVector totalA = DoubleVector.fromArray(DOUBLES, totals, at);
    DoubleVector totalB = DoubleVector.fromArray(DOUBLES, totals, at + LANES);
    DoubleVector totalC = DoubleVector.zero(DOUBLES);
    DoubleVector totalD = totalC;
    DoubleVector squaresA = DoubleVector.fromArray(DOUBLES, squares, at);
    DoubleVector squaresB = DoubleVector.fromArray(DOUBLES, squares, at + LANES);
    DoubleVector squaresC = totalC;
    DoubleVector squaresD = totalC;
    for (int i = from; i < end; i += STEP) {
      DoubleVector a = load(x, i).sub(pivots);
      DoubleVector b = load(x, i + LANES).sub(pivots);
      DoubleVector c = load(x, i + SUMS).sub(pivots);
      DoubleVector d = load(x, i + SUMS + LANES).sub(pivots);
      totalA = totalA.add(a);
      squaresA = a.fma(a, squaresA);
      totalB = totalB.add(b);
      squaresB = b.fma(b, squaresB);
      totalC = totalC.add(c);
      squaresC = c.fma(c, squaresC);
      totalD = totalD.add(d);
      squaresD = d.fma(d, squaresD);
    }
    totalA.add(totalC).intoArray(totals, at);
    totalB.add(totalD).intoArray(totals, at + LANES);
    squaresA.add(squaresC).intoArray(squares, at);
    squaresB.add(squaresD).intoArray(squares, at + LANES);
  }

  /** Sums that are one vector, in two of them. */
  private static void addByTwo(
      float[] x, int from, int end, float pivot, double[] totals, double[] squares, int at) {
    DoubleVector pivots = DoubleVector.broadcast(DOUBLES, pivot);
    DoubleVector totalA = DoubleVector.fromArray(DOUBLES, totals, at);
    DoubleVector totalB = DoubleVector.zero(DOUBLES);
    DoubleVector squaresA = DoubleVector.fromArray(DOUBLES, squares, at);
    DoubleVector squaresB = totalB;
    for (int i = from; i < end; i += STEP) {
      DoubleVector a = load(x, i).sub(pivots);
      DoubleVector b = load(x, i + LANES).sub(pivots);
      totalA = totalA.add(a);
      squaresA = a.fma(a, squaresA);
      totalB = totalB.add(b);
      squaresB = b.fma(b, squaresB);
    }
    totalA.add(totalB).intoArray(totals, at);
    squaresA.add(squaresB).intoArray(squares, at);
  }

  /** The sums that begin at an index, together; a vector's own reduction may add in any order. */
  static double sum(double[] sums, int at) {
    return ((sums[at] + sums[at + 4]) + (sums[at + 2] + sums[at + 6]))
        + ((sums[at + 1] + sums[at + 5]) + (sums[at + 3] + sums[at + 7]));
  }
}
