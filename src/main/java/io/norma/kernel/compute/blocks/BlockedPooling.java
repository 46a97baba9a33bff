package io.norma.kernel.compute.blocks;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.compute.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Pooling of maps in {@link ChannelBlocks}: 16 channels at a time, padding left out. */
public final class BlockedPooling {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int BLOCK = ChannelBlocks.SIZE;

  private BlockedPooling() {}

  /**
   * {@code y[p] = max over t of x[p + t]}; a NaN in a window makes its result NaN.
   *
   * @param maps blocks of maps: rows of the batch times blocks of channels
   */
  public static void maximum(
      float[] x, int xOffset, float[] y, int yOffset, int maps, PlaneGeometry geometry) {
    ComputePool.get()
        .run(
            maps,
            (map, worker) -> {
              int from = xOffset + map * geometry.inputPixels() * BLOCK;
              int to = yOffset + map * geometry.outputPixels() * BLOCK;
              for (int oy = 0; oy < geometry.outputHeight(); oy++) {
                for (int lane = 0; lane < BLOCK; lane += SPECIES.length()) {
                  maximumRow(x, from + lane, y, to + lane, geometry, oy);
                }
              }
            });
  }

  private static void maximumRow(
      float[] x, int from, float[] y, int to, PlaneGeometry geometry, int oy) {
    int pitch = geometry.inputWidth() * BLOCK;
    int top = geometry.row(oy, 0);
    int left = 0;
    int right = 0;
    boolean three = geometry.kernelHeight() == 3 && geometry.kernelWidth() == 3;
    if (three && geometry.dilationHeight() == 1 && geometry.dilationWidth() == 1) {
      if (top >= 0 && top + 3 <= geometry.inputHeight()) {
        left = geometry.firstColumn(0);
        right = Math.max(left, geometry.endColumn(2));
      }
    }
    maximumOf(x, from, y, to, geometry, oy, 0, left);
    int step = geometry.strideWidth() * BLOCK;
    int at = from + top * pitch + geometry.column(left, 0) * BLOCK;
    int result = to + (oy * geometry.outputWidth() + left) * BLOCK;
    for (int ox = left; ox < right; ox++) {
      maximumOfThreeByThree(x, at, pitch, y, result);
      at += step;
      result += BLOCK;
    }
    maximumOf(x, from, y, to, geometry, oy, right, geometry.outputWidth());
  }

  /** One output whose window of 3×3 lies inside, as nearly all of the commonest pooling do. */
  private static void maximumOfThreeByThree(float[] x, int from, int pitch, float[] y, int to) {
    int second = from + pitch;
    int third = second + pitch;
    FloatVector a =
        FloatVector.fromArray(SPECIES, x, from)
            .max(FloatVector.fromArray(SPECIES, x, from + BLOCK))
            .max(FloatVector.fromArray(SPECIES, x, from + 2 * BLOCK));
    FloatVector b =
        FloatVector.fromArray(SPECIES, x, second)
            .max(FloatVector.fromArray(SPECIES, x, second + BLOCK))
            .max(FloatVector.fromArray(SPECIES, x, second + 2 * BLOCK));
    FloatVector c =
        FloatVector.fromArray(SPECIES, x, third)
            .max(FloatVector.fromArray(SPECIES, x, third + BLOCK))
            .max(FloatVector.fromArray(SPECIES, x, third + 2 * BLOCK));
    a.max(b).max(c).intoArray(y, to);
  }

  private static void maximumOf(
      float[] x,
      int from,
      float[] y,
      int to,
      PlaneGeometry geometry,
      int oy,
      int firstColumn,
      int endColumn) {
    for (int ox = firstColumn; ox < endColumn; ox++) {
      FloatVector result = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
      for (int i = 0; i < geometry.kernelHeight(); i++) {
        int row = geometry.row(oy, i);
        if (row < 0 || row >= geometry.inputHeight()) {
          continue;
        }
        for (int j = 0; j < geometry.kernelWidth(); j++) {
          int column = geometry.column(ox, j);
          if (column >= 0 && column < geometry.inputWidth()) {
            int at = from + (row * geometry.inputWidth() + column) * BLOCK;
            result = result.max(FloatVector.fromArray(SPECIES, x, at));
          }
        }
      }
      result.intoArray(y, to + (oy * geometry.outputWidth() + ox) * BLOCK);
    }
  }

  /**
   * {@code y[p] = (Σ_t x[p + t]) / count(p)}.
   *
   * @param countsPadding whether count is that of all taps, or of those inside the map
   */
  public static void average(
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      int maps,
      PlaneGeometry geometry,
      boolean countsPadding) {
    ComputePool.get()
        .run(
            maps,
            (map, worker) -> {
              int from = xOffset + map * geometry.inputPixels() * BLOCK;
              int to = yOffset + map * geometry.outputPixels() * BLOCK;
              for (int oy = 0; oy < geometry.outputHeight(); oy++) {
                for (int lane = 0; lane < BLOCK; lane += SPECIES.length()) {
                  averageRow(x, from + lane, y, to + lane, geometry, oy, countsPadding);
                }
              }
            });
  }

  private static void averageRow(
      float[] x,
      int from,
      float[] y,
      int to,
      PlaneGeometry geometry,
      int oy,
      boolean countsPadding) {
    for (int ox = 0; ox < geometry.outputWidth(); ox++) {
      FloatVector sum = FloatVector.zero(SPECIES);
      int inside = 0;
      for (int i = 0; i < geometry.kernelHeight(); i++) {
        int row = geometry.row(oy, i);
        if (row < 0 || row >= geometry.inputHeight()) {
          continue;
        }
        for (int j = 0; j < geometry.kernelWidth(); j++) {
          int column = geometry.column(ox, j);
          if (column >= 0 && column < geometry.inputWidth()) {
            int at = from + (row * geometry.inputWidth() + column) * BLOCK;
            sum = sum.add(FloatVector.fromArray(SPECIES, x, at));
            inside++;
          }
        }
      }
      sum.div(countsPadding ? geometry.taps() : inside)
          .intoArray(y, to + (oy * geometry.outputWidth() + ox) * BLOCK);
    }
  }

  /**
   * The average of each map as a plane of one pixel, {@code y[n, c] = (Σ_p x[n, c, p]) / pixels}:
   * rows of 32 pixels are summed first, then their sums, which keeps the error of large maps small.
   */
  public static void globalAverage(
      float[] x, int xOffset, float[] y, int yOffset, int rows, int channels, int pixels) {
    int blocks = ChannelBlocks.count(channels);
    float[] block = new float[BLOCK];
    for (int n = 0; n < rows; n++) {
      for (int b = 0; b < blocks; b++) {
        int from = xOffset + (n * blocks + b) * pixels * BLOCK;
        for (int lane = 0; lane < BLOCK; lane += SPECIES.length()) {
          FloatVector total = FloatVector.zero(SPECIES);
          for (int p = 0; p < pixels; p += 32) {
            FloatVector sum = FloatVector.zero(SPECIES);
            for (int q = p; q < Math.min(p + 32, pixels); q++) {
              sum = sum.add(FloatVector.fromArray(SPECIES, x, from + q * BLOCK + lane));
            }
            total = total.add(sum);
          }
          total.div(pixels).intoArray(block, lane);
        }
        int c = b * BLOCK;
        System.arraycopy(block, 0, y, yOffset + n * channels + c, Math.min(BLOCK, channels - c));
      }
    }
  }
}
