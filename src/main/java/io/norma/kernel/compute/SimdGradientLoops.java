package io.norma.kernel.compute;

import io.norma.kernel.tensor.ChannelLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** SIMD twin of {@link ScalarGradientLoops}. */
record SimdGradientLoops() implements GradientLoops {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int LANES = SPECIES.length();

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
    for (int o = 0; o < layout.outer(); o++) {
      for (int c = 0; c < layout.channels(); c++) {
        for (int i = 0; i < length; i += BLOCK) {
          int at = o * layout.stride() + c * length + i;
          int some = Math.min(BLOCK, length - i);
          addRun(dy, dyOffset + at, x, xOffset + at, some, center[c], gradient, product, c);
        }
      }
    }
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
      FloatVector xA = FloatVector.fromArray(SPECIES, x, xOffset + i, inside);
      sumA = sumA.add(dyA);
      productA = centers.blend(xA, inside).sub(centers).fma(dyA, productA);
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
    for (int from = 0; from < rows; from += ROWS) {
      int to = Math.min(from + ROWS, rows);
      int r = from;
      for (; r <= to - 4; r += 4) {
        addFourRows(
            dy, dyOffset + r * stride, x, xOffset + r * stride, stride, center, sums, products);
      }
      for (; r < to; r++) {
        addRow(dy, dyOffset + r * stride, x, xOffset + r * stride, center, sums, products);
      }
      for (int c = 0; c < bound; c++) {
        gradient[c] += sums[c];
        product[c] += products[c];
      }
      Arrays.fill(sums, 0);
      Arrays.fill(products, 0);
    }
    for (int r = 0; r < rows && bound < columns; r++) {
      int row = r * stride;
      ScalarGradientLoops.rowSums(
          dy, dyOffset + row, x, xOffset + row, bound, columns, center, gradient, product);
    }
  }

  private static void addFourRows(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      int stride,
      float[] center,
      float[] sums,
      float[] products) {
    for (int c = 0; c < sums.length; c += LANES) {
      FloatVector centers = FloatVector.fromArray(SPECIES, center, c);
      FloatVector dy0 = FloatVector.fromArray(SPECIES, dy, dyOffset + c);
      FloatVector dy1 = FloatVector.fromArray(SPECIES, dy, dyOffset + stride + c);
      FloatVector dy2 = FloatVector.fromArray(SPECIES, dy, dyOffset + 2 * stride + c);
      FloatVector dy3 = FloatVector.fromArray(SPECIES, dy, dyOffset + 3 * stride + c);
      FloatVector x0 = FloatVector.fromArray(SPECIES, x, xOffset + c).sub(centers);
      FloatVector x1 = FloatVector.fromArray(SPECIES, x, xOffset + stride + c).sub(centers);
      FloatVector x2 = FloatVector.fromArray(SPECIES, x, xOffset + 2 * stride + c).sub(centers);
      FloatVector x3 = FloatVector.fromArray(SPECIES, x, xOffset + 3 * stride + c).sub(centers);
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
}
