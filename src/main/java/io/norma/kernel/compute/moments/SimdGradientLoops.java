package io.norma.kernel.compute.moments;

import io.norma.kernel.compute.Lanes;
import io.norma.kernel.tensor.ChannelLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** SIMD twin of {@link ScalarGradientLoops}. */
public record SimdGradientLoops() implements GradientLoops {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int LANES = SPECIES.length();

  /** Elements of a batch that the last cache holds: it gives one run as fast as four. */
  private static final int CACHED = 1 << 21;

  @Override
  public void runSums(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      ChannelLayout layout,
      float[] center,
      double[] gradient,
      double[] product) {
    int length = layout.inner();
    int stride = layout.stride();
    int o = 0;
    boolean large = layout.outer() * stride > CACHED;
    for (; large && o <= layout.outer() - 4; o += 4) {
      for (int c = 0; c < layout.channels(); c++) {
        for (int i = 0; i < length; i += BLOCK) {
          int at = o * stride + c * length + i;
          int some = Math.min(BLOCK, length - i);
          addFourRuns(
              dy, dyOffset + at, x, xOffset + at, stride, some, center[c], gradient, product, c);
        }
      }
    }
    for (; o < layout.outer(); o++) {
      for (int c = 0; c < layout.channels(); c++) {
        for (int i = 0; i < length; i += BLOCK) {
          int at = o * stride + c * length + i;
          int some = Math.min(BLOCK, length - i);
          addRun(dy, dyOffset + at, x, xOffset + at, some, center[c], gradient, product, c);
        }
      }
    }
  }

  /**
   * The same channel's runs in four rows. The machine reads ahead in each by itself: four at a time
   * come from memory almost twice as fast as one after the other.
   */
  private static void addFourRuns(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      int stride,
      int length,
      float center,
      double[] gradient,
      double[] product,
      int c) {
    FloatVector centers = FloatVector.broadcast(SPECIES, center);
    FloatVector sumA = FloatVector.zero(SPECIES);
    FloatVector sumB = sumA;
    FloatVector sumC = sumA;
    FloatVector sumD = sumA;
    FloatVector productA = sumA;
    FloatVector productB = sumA;
    FloatVector productC = sumA;
    FloatVector productD = sumA;
    int bound = SPECIES.loopBound(length);
    for (int i = 0; i < bound; i += LANES) {
      int atDy = dyOffset + i;
      int atX = xOffset + i;
      FloatVector dyA = FloatVector.fromArray(SPECIES, dy, atDy);
      FloatVector dyB = FloatVector.fromArray(SPECIES, dy, atDy + stride);
      FloatVector dyC = FloatVector.fromArray(SPECIES, dy, atDy + 2 * stride);
      FloatVector dyD = FloatVector.fromArray(SPECIES, dy, atDy + 3 * stride);
      FloatVector xA = FloatVector.fromArray(SPECIES, x, atX);
      FloatVector xB = FloatVector.fromArray(SPECIES, x, atX + stride);
      FloatVector xC = FloatVector.fromArray(SPECIES, x, atX + 2 * stride);
      FloatVector xD = FloatVector.fromArray(SPECIES, x, atX + 3 * stride);
      sumA = sumA.add(dyA);
      sumB = sumB.add(dyB);
      sumC = sumC.add(dyC);
      sumD = sumD.add(dyD);
      productA = xA.sub(centers).fma(dyA, productA);
      productB = xB.sub(centers).fma(dyB, productB);
      productC = xC.sub(centers).fma(dyC, productC);
      productD = xD.sub(centers).fma(dyD, productD);
    }
    if (bound < length) {
      VectorMask<Float> inside = SPECIES.indexInRange(bound, length);
      int atDy = dyOffset + bound;
      int atX = xOffset + bound;
      FloatVector dyA = FloatVector.fromArray(SPECIES, dy, atDy, inside);
      FloatVector dyB = FloatVector.fromArray(SPECIES, dy, atDy + stride, inside);
      FloatVector dyC = FloatVector.fromArray(SPECIES, dy, atDy + 2 * stride, inside);
      FloatVector dyD = FloatVector.fromArray(SPECIES, dy, atDy + 3 * stride, inside);
      sumA = sumA.add(dyA);
      sumB = sumB.add(dyB);
      sumC = sumC.add(dyC);
      sumD = sumD.add(dyD);
      productA = centered(x, atX, centers, inside).fma(dyA, productA);
      productB = centered(x, atX + stride, centers, inside).fma(dyB, productB);
      productC = centered(x, atX + 2 * stride, centers, inside).fma(dyC, productC);
      productD = centered(x, atX + 3 * stride, centers, inside).fma(dyD, productD);
    }
    gradient[c] += sumA.add(sumB).reduceLanes(VectorOperators.ADD);
    gradient[c] += sumC.add(sumD).reduceLanes(VectorOperators.ADD);
    product[c] += productA.add(productB).reduceLanes(VectorOperators.ADD);
    product[c] += productC.add(productD).reduceLanes(VectorOperators.ADD);
  }

  /** 0 outside. */
  private static FloatVector centered(
      float[] x, int at, FloatVector centers, VectorMask<Float> inside) {
    return centers.blend(FloatVector.fromArray(SPECIES, x, at, inside), inside).sub(centers);
  }

  private static void addRun(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      int length,
      float center,
      double[] gradient,
      double[] product,
      int c) {
    FloatVector centers = FloatVector.broadcast(SPECIES, center);
    FloatVector sumA = FloatVector.zero(SPECIES);
    FloatVector sumB = sumA;
    FloatVector productA = sumA;
    FloatVector productB = sumA;
    int i = 0;
    for (; i <= length - 2 * LANES; i += 2 * LANES) {
      FloatVector dyA = FloatVector.fromArray(SPECIES, dy, dyOffset + i);
      FloatVector dyB = FloatVector.fromArray(SPECIES, dy, dyOffset + i + LANES);
      FloatVector xA = FloatVector.fromArray(SPECIES, x, xOffset + i);
      FloatVector xB = FloatVector.fromArray(SPECIES, x, xOffset + i + LANES);
      sumA = sumA.add(dyA);
      sumB = sumB.add(dyB);
      productA = xA.sub(centers).fma(dyA, productA);
      productB = xB.sub(centers).fma(dyB, productB);
    }
    for (; i < length; i += LANES) {
      VectorMask<Float> inside = SPECIES.indexInRange(i, length);
      FloatVector dyA = FloatVector.fromArray(SPECIES, dy, dyOffset + i, inside);
      sumA = sumA.add(dyA);
      productA = centered(x, xOffset + i, centers, inside).fma(dyA, productA);
    }
    gradient[c] += sumA.add(sumB).reduceLanes(VectorOperators.ADD);
    product[c] += productA.add(productB).reduceLanes(VectorOperators.ADD);
  }

  @Override
  public void columnSums(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      int rows,
      int stride,
      int columns,
      float[] center,
      double[] gradient,
      double[] product) {
    int bound = SPECIES.loopBound(columns);
    float[] sums = new float[bound];
    float[] products = new float[bound];
    int quarter = rows / 4;
    int apart = quarter * stride;
    for (int r = 0; r < quarter; r++) {
      int row = r * stride;
      addFourRows(dy, dyOffset + row, x, xOffset + row, apart, center, sums, products);
      if (r % (ROWS / 4) == ROWS / 4 - 1) {
        moveTo(gradient, sums);
        moveTo(product, products);
      }
    }
    for (int r = 4 * quarter; r < rows; r++) {
      addRow(dy, dyOffset + r * stride, x, xOffset + r * stride, center, sums, products);
    }
    moveTo(gradient, sums);
    moveTo(product, products);
    for (int r = 0; r < rows && bound < columns; r++) {
      int row = r * stride;
      ScalarGradientLoops.rowSums(
          dy, dyOffset + row, x, xOffset + row, bound, columns, center, gradient, product);
    }
  }

  /** Adds what floats have summed up to doubles, and begins at 0 again. */
  private static void moveTo(double[] totals, float[] sums) {
    for (int c = 0; c < sums.length; c++) {
      totals[c] += sums[c];
    }
    Arrays.fill(sums, 0);
  }

  /** Four rows that are far apart: see {@link #addFourRuns}. */
  private static void addFourRows(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      int apart,
      float[] center,
      float[] sums,
      float[] products) {
    for (int c = 0; c < sums.length; c += LANES) {
      FloatVector centers = FloatVector.fromArray(SPECIES, center, c);
      FloatVector dy0 = FloatVector.fromArray(SPECIES, dy, dyOffset + c);
      FloatVector dy1 = FloatVector.fromArray(SPECIES, dy, dyOffset + apart + c);
      FloatVector dy2 = FloatVector.fromArray(SPECIES, dy, dyOffset + 2 * apart + c);
      FloatVector dy3 = FloatVector.fromArray(SPECIES, dy, dyOffset + 3 * apart + c);
      FloatVector x0 = FloatVector.fromArray(SPECIES, x, xOffset + c).sub(centers);
      FloatVector x1 = FloatVector.fromArray(SPECIES, x, xOffset + apart + c).sub(centers);
      FloatVector x2 = FloatVector.fromArray(SPECIES, x, xOffset + 2 * apart + c).sub(centers);
      FloatVector x3 = FloatVector.fromArray(SPECIES, x, xOffset + 3 * apart + c).sub(centers);
      FloatVector.fromArray(SPECIES, sums, c)
          .add(dy0.add(dy1).add(dy2.add(dy3)))
          .intoArray(sums, c);
      FloatVector pairs = x0.fma(dy0, x1.mul(dy1)).add(x2.fma(dy2, x3.mul(dy3)));
      FloatVector.fromArray(SPECIES, products, c).add(pairs).intoArray(products, c);
    }
  }

  private static void addRow(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      float[] center,
      float[] sums,
      float[] products) {
    for (int c = 0; c < sums.length; c += LANES) {
      FloatVector gradients = FloatVector.fromArray(SPECIES, dy, dyOffset + c);
      FloatVector.fromArray(SPECIES, sums, c).add(gradients).intoArray(sums, c);
      FloatVector.fromArray(SPECIES, x, xOffset + c)
          .sub(FloatVector.fromArray(SPECIES, center, c))
          .fma(gradients, FloatVector.fromArray(SPECIES, products, c))
          .intoArray(products, c);
    }
  }

  @Override
  public void runGradient(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      float[] dx,
      int dxOffset,
      ChannelLayout layout,
      float[][] vectors) {
    int length = layout.inner();
    int rest = length % LANES;
    VectorMask<Float> inside = SPECIES.indexInRange(0, rest);
    // From the end, which a pass before this one has left in the cache.
    for (int o = layout.outer() - 1; o >= 0; o--) {
      for (int c = 0; c < layout.channels(); c++) {
        FloatVector centers = FloatVector.broadcast(SPECIES, vectors[0][c]);
        FloatVector factors = FloatVector.broadcast(SPECIES, vectors[1][c]);
        FloatVector slopes = FloatVector.broadcast(SPECIES, vectors[2][c]);
        FloatVector shifts = FloatVector.broadcast(SPECIES, vectors[3][c]);
        int i = o * layout.stride() + c * length;
        for (int end = i + length - rest; i < end; i += LANES) {
          FloatVector centered = FloatVector.fromArray(SPECIES, x, xOffset + i).sub(centers);
          FloatVector.fromArray(SPECIES, dy, dyOffset + i)
              .fma(factors, centered.fma(slopes, shifts))
              .intoArray(dx, dxOffset + i);
        }
        if (rest > 0) {
          FloatVector centered =
              FloatVector.fromArray(SPECIES, x, xOffset + i, inside).sub(centers);
          FloatVector.fromArray(SPECIES, dy, dyOffset + i, inside)
              .fma(factors, centered.fma(slopes, shifts))
              .intoArray(dx, dxOffset + i, inside);
        }
      }
    }
  }

  @Override
  public void columnGradient(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      float[] dx,
      int dxOffset,
      int rows,
      int stride,
      int columns,
      float[][] vectors) {
    if (columns == FoldedRows.SHORT) {
      for (int r = 0; r < rows; r += FoldedRows.BLOCK) {
        int some = Math.min(FoldedRows.BLOCK, rows - r);
        int fromDy = dyOffset + r * stride;
        int fromX = xOffset + r * stride;
        int to = dxOffset + r * stride;
        for (int c = 0; c < columns; c += 4 * LANES) {
          gradientTile(dy, fromDy, x, fromX, dx, to, some, stride, c, vectors);
        }
      }
      return;
    }
    float[] center = vectors[0];
    float[] factor = vectors[1];
    float[] slope = vectors[2];
    float[] shift = vectors[3];
    int bound = SPECIES.loopBound(columns);
    int r = 0;
    for (; r <= rows - 2; r += 2) {
      int fromDy = dyOffset + r * stride;
      int fromX = xOffset + r * stride;
      int to = dxOffset + r * stride;
      for (int c = 0; c < bound; c += LANES) {
        FloatVector centers = FloatVector.fromArray(SPECIES, center, c);
        FloatVector factors = FloatVector.fromArray(SPECIES, factor, c);
        FloatVector slopes = FloatVector.fromArray(SPECIES, slope, c);
        FloatVector shifts = FloatVector.fromArray(SPECIES, shift, c);
        FloatVector first = FloatVector.fromArray(SPECIES, x, fromX + c).sub(centers);
        FloatVector second = FloatVector.fromArray(SPECIES, x, fromX + stride + c).sub(centers);
        FloatVector.fromArray(SPECIES, dy, fromDy + c)
            .fma(factors, first.fma(slopes, shifts))
            .intoArray(dx, to + c);
        FloatVector.fromArray(SPECIES, dy, fromDy + stride + c)
            .fma(factors, second.fma(slopes, shifts))
            .intoArray(dx, to + stride + c);
      }
    }
    for (; r < rows; r++) {
      int fromDy = dyOffset + r * stride;
      int fromX = xOffset + r * stride;
      int to = dxOffset + r * stride;
      for (int c = 0; c < bound; c += LANES) {
        FloatVector centered =
            FloatVector.fromArray(SPECIES, x, fromX + c)
                .sub(FloatVector.fromArray(SPECIES, center, c))
                .fma(
                    FloatVector.fromArray(SPECIES, slope, c),
                    FloatVector.fromArray(SPECIES, shift, c));
        FloatVector.fromArray(SPECIES, dy, fromDy + c)
            .fma(FloatVector.fromArray(SPECIES, factor, c), centered)
            .intoArray(dx, to + c);
      }
    }
    for (r = 0; r < rows && bound < columns; r++) {
      int row = r * stride;
      ScalarGradientLoops.rowGradient(
          dy, dyOffset + row, x, xOffset + row, dx, dxOffset + row, bound, columns, vectors);
    }
  }

  /** Four vectors of columns, whose coefficients stay in registers. */
  private static void gradientTile(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      float[] dx,
      int dxOffset,
      int rows,
      int stride,
      int column,
      float[][] vectors) {
    int c1 = column + LANES;
    int c2 = column + 2 * LANES;
    int c3 = column + 3 * LANES;
    FloatVector center0 = FloatVector.fromArray(SPECIES, vectors[0], column);
    FloatVector center1 = FloatVector.fromArray(SPECIES, vectors[0], c1);
    FloatVector center2 = FloatVector.fromArray(SPECIES, vectors[0], c2);
    FloatVector center3 = FloatVector.fromArray(SPECIES, vectors[0], c3);
    FloatVector factor0 = FloatVector.fromArray(SPECIES, vectors[1], column);
    FloatVector factor1 = FloatVector.fromArray(SPECIES, vectors[1], c1);
    FloatVector factor2 = FloatVector.fromArray(SPECIES, vectors[1], c2);
    FloatVector factor3 = FloatVector.fromArray(SPECIES, vectors[1], c3);
    FloatVector slope0 = FloatVector.fromArray(SPECIES, vectors[2], column);
    FloatVector slope1 = FloatVector.fromArray(SPECIES, vectors[2], c1);
    FloatVector slope2 = FloatVector.fromArray(SPECIES, vectors[2], c2);
    FloatVector slope3 = FloatVector.fromArray(SPECIES, vectors[2], c3);
    FloatVector shift0 = FloatVector.fromArray(SPECIES, vectors[3], column);
    FloatVector shift1 = FloatVector.fromArray(SPECIES, vectors[3], c1);
    FloatVector shift2 = FloatVector.fromArray(SPECIES, vectors[3], c2);
    FloatVector shift3 = FloatVector.fromArray(SPECIES, vectors[3], c3);
    for (int r = 0; r < rows; r++) {
      int row = r * stride;
      int fromX = xOffset + row;
      int fromDy = dyOffset + row;
      int to = dxOffset + row;
      FloatVector x0 = FloatVector.fromArray(SPECIES, x, fromX + column).sub(center0);
      FloatVector x1 = FloatVector.fromArray(SPECIES, x, fromX + c1).sub(center1);
      FloatVector x2 = FloatVector.fromArray(SPECIES, x, fromX + c2).sub(center2);
      FloatVector x3 = FloatVector.fromArray(SPECIES, x, fromX + c3).sub(center3);
      FloatVector dy0 = FloatVector.fromArray(SPECIES, dy, fromDy + column);
      FloatVector dy1 = FloatVector.fromArray(SPECIES, dy, fromDy + c1);
      FloatVector dy2 = FloatVector.fromArray(SPECIES, dy, fromDy + c2);
      FloatVector dy3 = FloatVector.fromArray(SPECIES, dy, fromDy + c3);
      dy0.fma(factor0, x0.fma(slope0, shift0)).intoArray(dx, to + column);
      dy1.fma(factor1, x1.fma(slope1, shift1)).intoArray(dx, to + c1);
      dy2.fma(factor2, x2.fma(slope2, shift2)).intoArray(dx, to + c2);
      dy3.fma(factor3, x3.fma(slope3, shift3)).intoArray(dx, to + c3);
    }
  }
}
