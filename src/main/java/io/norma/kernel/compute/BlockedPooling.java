package io.norma.kernel.compute;

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
    for (int ox = 0; ox < geometry.outputWidth(); ox++) {
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
