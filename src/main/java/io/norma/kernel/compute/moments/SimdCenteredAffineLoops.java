package io.norma.kernel.compute.moments;

import io.norma.kernel.compute.Lanes;
import io.norma.kernel.tensor.ChannelLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** SIMD twin of {@link ScalarCenteredAffineLoops}. */
public record SimdCenteredAffineLoops() implements CenteredAffineLoops {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int LANES = SPECIES.length();

  @Override
  public void runs(
      float[] x, int xOffset, float[] y, int yOffset, ChannelLayout layout, float[][] vectors) {
    int length = layout.inner();
    int rest = length % LANES;
    VectorMask<Float> inside = SPECIES.indexInRange(0, rest);
    // From the end, which a pass before this one has left in the cache.
    for (int o = layout.outer() - 1; o >= 0; o--) {
      for (int c = 0; c < layout.channels(); c++) {
        FloatVector centers = FloatVector.broadcast(SPECIES, vectors[0][c]);
        FloatVector scales = FloatVector.broadcast(SPECIES, vectors[1][c]);
        FloatVector shifts = FloatVector.broadcast(SPECIES, vectors[2][c]);
        int i = o * layout.stride() + c * length;
        int end = i + length - rest;
        for (; i <= end - 4 * LANES; i += 4 * LANES) {
          FloatVector.fromArray(SPECIES, x, xOffset + i)
              .sub(centers)
              .fma(scales, shifts)
              .intoArray(y, yOffset + i);
          FloatVector.fromArray(SPECIES, x, xOffset + i + LANES)
              .sub(centers)
              .fma(scales, shifts)
              .intoArray(y, yOffset + i + LANES);
          FloatVector.fromArray(SPECIES, x, xOffset + i + 2 * LANES)
              .sub(centers)
              .fma(scales, shifts)
              .intoArray(y, yOffset + i + 2 * LANES);
          FloatVector.fromArray(SPECIES, x, xOffset + i + 3 * LANES)
              .sub(centers)
              .fma(scales, shifts)
              .intoArray(y, yOffset + i + 3 * LANES);
        }
        for (; i < end; i += LANES) {
          FloatVector.fromArray(SPECIES, x, xOffset + i)
              .sub(centers)
              .fma(scales, shifts)
              .intoArray(y, yOffset + i);
        }
        if (rest > 0) {
          FloatVector.fromArray(SPECIES, x, xOffset + i, inside)
              .sub(centers)
              .fma(scales, shifts)
              .intoArray(y, yOffset + i, inside);
        }
      }
    }
  }

  @Override
  public void columns(
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      int rows,
      int stride,
      int columns,
      float[][] vectors) {
    float[] center = vectors[0];
    float[] scale = vectors[1];
    float[] shift = vectors[2];
    if (columns == FoldedRows.SHORT) {
      for (int r = 0; r < rows; r += FoldedRows.BLOCK) {
        int some = Math.min(FoldedRows.BLOCK, rows - r);
        int row = r * stride;
        for (int c = 0; c < columns; c += 4 * LANES) {
          tile(x, xOffset + row, y, yOffset + row, some, stride, c, vectors);
        }
      }
      return;
    }
    int bound = SPECIES.loopBound(columns);
    int r = 0;
    for (; r <= rows - 4; r += 4) {
      int from = xOffset + r * stride;
      int to = yOffset + r * stride;
      for (int c = 0; c < bound; c += LANES) {
        FloatVector centers = FloatVector.fromArray(SPECIES, center, c);
        FloatVector scales = FloatVector.fromArray(SPECIES, scale, c);
        FloatVector shifts = FloatVector.fromArray(SPECIES, shift, c);
        // All loads before the first store: where x and y are whole pages apart, the machine takes
        // a load for one of what was just stored, and makes it wait.
        FloatVector y0 = FloatVector.fromArray(SPECIES, x, from + c).sub(centers);
        FloatVector y1 = FloatVector.fromArray(SPECIES, x, from + stride + c).sub(centers);
        FloatVector y2 = FloatVector.fromArray(SPECIES, x, from + 2 * stride + c).sub(centers);
        FloatVector y3 = FloatVector.fromArray(SPECIES, x, from + 3 * stride + c).sub(centers);
        y0.fma(scales, shifts).intoArray(y, to + c);
        y1.fma(scales, shifts).intoArray(y, to + stride + c);
        y2.fma(scales, shifts).intoArray(y, to + 2 * stride + c);
        y3.fma(scales, shifts).intoArray(y, to + 3 * stride + c);
      }
    }
    for (; r < rows; r++) {
      int from = xOffset + r * stride;
      int to = yOffset + r * stride;
      for (int c = 0; c < bound; c += LANES) {
        FloatVector.fromArray(SPECIES, x, from + c)
            .sub(FloatVector.fromArray(SPECIES, center, c))
            .fma(FloatVector.fromArray(SPECIES, scale, c), FloatVector.fromArray(SPECIES, shift, c))
            .intoArray(y, to + c);
      }
    }
    for (r = 0; r < rows && bound < columns; r++) {
      int row = r * stride;
      ScalarCenteredAffineLoops.row(x, xOffset + row, y, yOffset + row, bound, columns, vectors);
    }
  }

  /**
   * Four vectors of columns, whose coefficients stay in registers: to load them anew with every row
   * takes twice as long, where x and y come from memory.
   */
  private static void tile(
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
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
    FloatVector scale0 = FloatVector.fromArray(SPECIES, vectors[1], column);
    FloatVector scale1 = FloatVector.fromArray(SPECIES, vectors[1], c1);
    FloatVector scale2 = FloatVector.fromArray(SPECIES, vectors[1], c2);
    FloatVector scale3 = FloatVector.fromArray(SPECIES, vectors[1], c3);
    FloatVector shift0 = FloatVector.fromArray(SPECIES, vectors[2], column);
    FloatVector shift1 = FloatVector.fromArray(SPECIES, vectors[2], c1);
    FloatVector shift2 = FloatVector.fromArray(SPECIES, vectors[2], c2);
    FloatVector shift3 = FloatVector.fromArray(SPECIES, vectors[2], c3);
    for (int r = 0; r < rows; r++) {
      int from = xOffset + r * stride;
      int to = yOffset + r * stride;
      FloatVector y0 = FloatVector.fromArray(SPECIES, x, from + column).sub(center0);
      FloatVector y1 = FloatVector.fromArray(SPECIES, x, from + c1).sub(center1);
      FloatVector y2 = FloatVector.fromArray(SPECIES, x, from + c2).sub(center2);
      FloatVector y3 = FloatVector.fromArray(SPECIES, x, from + c3).sub(center3);
      y0.fma(scale0, shift0).intoArray(y, to + column);
      y1.fma(scale1, shift1).intoArray(y, to + c1);
      y2.fma(scale2, shift2).intoArray(y, to + c2);
      y3.fma(scale3, shift3).intoArray(y, to + c3);
    }
  }
}
