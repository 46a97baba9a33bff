package io.norma.kernel.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** SIMD twin of {@link ScalarGradientLoops}. */
final class SimdGradientLoops extends GradientLoops {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /** Rows that share one reading of the columns' coefficients. */
  private static final int ROWS_AT_ONCE = 16;

  @Override
  void blockSums(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      int length,
      float high,
      float low,
      float inverse,
      double[] gradient,
      double[] product,
      int c) {
    FloatVector highs = FloatVector.broadcast(SPECIES, high);
    FloatVector lows = FloatVector.broadcast(SPECIES, low);
    FloatVector inverses = FloatVector.broadcast(SPECIES, inverse);
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
      productA = xA.sub(highs).sub(lows).mul(inverses).fma(dyA, productA);
      productB = xB.sub(highs).sub(lows).mul(inverses).fma(dyB, productB);
    }
    for (; i <= length - LANES; i += LANES) {
      FloatVector dyA = FloatVector.fromArray(SPECIES, dy, dyOffset + i);
      FloatVector xA = FloatVector.fromArray(SPECIES, x, xOffset + i);
      sumA = sumA.add(dyA);
      productA = xA.sub(highs).sub(lows).mul(inverses).fma(dyA, productA);
    }
    double sum = sumA.add(sumB).reduceLanes(VectorOperators.ADD);
    double products = productA.add(productB).reduceLanes(VectorOperators.ADD);
    for (; i < length; i++) {
      sum += dy[dyOffset + i];
      products += dy[dyOffset + i] * (((x[xOffset + i] - high) - low) * inverse);
    }
    gradient[c] += sum;
    product[c] += products;
  }

  @Override
  void columnBlockSums(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      int rows,
      int stride,
      float[][] vectors,
      double[] gradient,
      double[] product) {
    int columns = vectors[0].length;
    float[] block = new float[2 * LANES];
    int c = 0;
    for (; c <= columns - LANES; c += LANES) {
      stripeSums(dy, dyOffset + c, x, xOffset + c, rows, stride, vectors, c, block);
      for (int k = 0; k < LANES; k++) {
        gradient[c + k] += block[k];
        product[c + k] += block[LANES + k];
      }
    }
    for (; c < columns; c++) {
      ScalarGradientLoops.columnSums(
          dy, dyOffset, x, xOffset, rows, stride, vectors, gradient, product, c);
    }
  }

  private static void stripeSums(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      int rows,
      int stride,
      float[][] vectors,
      int c,
      float[] result) {
    FloatVector highs = FloatVector.fromArray(SPECIES, vectors[0], c);
    FloatVector lows = FloatVector.fromArray(SPECIES, vectors[1], c);
    FloatVector inverses = FloatVector.fromArray(SPECIES, vectors[2], c);
    FloatVector sum = FloatVector.zero(SPECIES);
    FloatVector product = sum;
    for (int r = 0, i = 0; r < rows; r++, i += stride) {
      FloatVector gradient = FloatVector.fromArray(SPECIES, dy, dyOffset + i);
      FloatVector value = FloatVector.fromArray(SPECIES, x, xOffset + i);
      sum = sum.add(gradient);
      product = value.sub(highs).sub(lows).mul(inverses).fma(gradient, product);
    }
    sum.intoArray(result, 0);
    product.intoArray(result, LANES);
  }

  @Override
  void channelGradient(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      float[] dx,
      int dxOffset,
      int length,
      float[] k) {
    FloatVector highs = FloatVector.broadcast(SPECIES, k[0]);
    FloatVector lows = FloatVector.broadcast(SPECIES, k[1]);
    FloatVector inverses = FloatVector.broadcast(SPECIES, k[2]);
    FloatVector factors = FloatVector.broadcast(SPECIES, k[3]);
    FloatVector shifts = FloatVector.broadcast(SPECIES, k[4]);
    FloatVector slopes = FloatVector.broadcast(SPECIES, k[5]);
    int i = 0;
    for (int bound = SPECIES.loopBound(length); i < bound; i += LANES) {
      FloatVector normalized =
          FloatVector.fromArray(SPECIES, x, xOffset + i).sub(highs).sub(lows).mul(inverses);
      FloatVector.fromArray(SPECIES, dy, dyOffset + i)
          .fma(factors, normalized.fma(slopes, shifts).neg())
          .intoArray(dx, dxOffset + i);
    }
    for (; i < length; i++) {
      dx[dxOffset + i] =
          ScalarGradientLoops.gradient(
              dy[dyOffset + i], x[xOffset + i], k[0], k[1], k[2], k[3], k[4], k[5]);
    }
  }

  @Override
  void columnGradient(
      float[] dy,
      int dyOffset,
      float[] x,
      int xOffset,
      float[] dx,
      int dxOffset,
      int rows,
      int stride,
      float[][] vectors) {
    int bound = SPECIES.loopBound(vectors[0].length);
    for (int from = 0; from < rows; from += ROWS_AT_ONCE) {
      int to = Math.min(from + ROWS_AT_ONCE, rows);
      for (int c = 0; c < bound; c += LANES) {
        FloatVector highs = FloatVector.fromArray(SPECIES, vectors[0], c);
        FloatVector lows = FloatVector.fromArray(SPECIES, vectors[1], c);
        FloatVector inverses = FloatVector.fromArray(SPECIES, vectors[2], c);
        FloatVector factors = FloatVector.fromArray(SPECIES, vectors[3], c);
        FloatVector shifts = FloatVector.fromArray(SPECIES, vectors[4], c);
        FloatVector slopes = FloatVector.fromArray(SPECIES, vectors[5], c);
        for (int r = from, i = from * stride + c; r < to; r++, i += stride) {
          FloatVector normalized =
              FloatVector.fromArray(SPECIES, x, xOffset + i).sub(highs).sub(lows).mul(inverses);
          FloatVector.fromArray(SPECIES, dy, dyOffset + i)
              .fma(factors, normalized.fma(slopes, shifts).neg())
              .intoArray(dx, dxOffset + i);
        }
      }
      for (int r = from; r < to; r++) {
        int row = r * stride;
        ScalarGradientLoops.rowGradient(
            dy, dyOffset + row, x, xOffset + row, dx, dxOffset + row, vectors, bound);
      }
    }
  }
}
