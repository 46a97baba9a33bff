package io.norma.kernel.layer;

import io.norma.kernel.layer.support.BinSamples;
import io.norma.kernel.layer.support.Indices;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.WorkLimit;
import java.util.List;

/**
 * Pools regions of maps into grids of bins: the mean, or the largest part, of bilinear samples that
 * lie evenly in each bin (He et al. 2017, "Mask R-CNN").
 *
 * <p>Inputs: x, FP32, (N, C, H, W); regions, FP32, (R, 4), each {@code (x₁, y₁, x₂, y₂)}; for each
 * region the row of x that it lies in, whole numbers, (R). Output: FP32, (R, C, height, width).
 * Source: ONNX {@code RoiAlign}.
 *
 * @param height of the grid
 * @param width of the grid
 * @param samplingRatio samples along each axis of a bin; 0 for as many as the bin has pixels
 * @param scale what coordinates of regions are multiplied by to be those of x
 * @param halfPixel whether pixels have their centers at halves; if not, a region is at least one
 *     pixel large
 * @param largest whether a bin is the largest of what its samples are summed of, a pixel's value
 *     times its weight, instead of their mean; that is what ONNX's reference computes
 */
public record RoiAlign(
    int height, int width, int samplingRatio, float scale, boolean halfPixel, boolean largest)
    implements Layer {
  /** Of a sample along one axis. */
  private static final long SAMPLE_BYTES = 24;

  /**
   * @throws IllegalArgumentException if an extent is not above 0, or the ratio below 0
   */
  public RoiAlign {
    if (height < 1 || width < 1 || samplingRatio < 0) {
      throw new IllegalArgumentException(
          "expected a grid of 1×1 or larger and a sampling ratio of 0 or more, got %d×%d and %d"
              .formatted(height, width, samplingRatio));
    }
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor regions = inputs.get(1);
    Tensor rows = inputs.get(2);
    requireFit(x, regions, rows);
    int[] rowOf = Indices.read(rows, x.shape().dimension(0));
    int channels = x.shape().dimension(1);
    int rowsOfMap = x.shape().dimension(2);
    int columns = x.shape().dimension(3);
    int count = rowOf.length;
    Tensor y = memory.allocate(DataType.FP32, Shape.of(count, channels, height, width));
    memory.reserve(
        SAMPLE_BYTES
            * ((long) height * BinSamples.most(rowsOfMap, samplingRatio)
                + (long) width * BinSamples.most(columns, samplingRatio)));
    memory.work(
        WorkLimit.product(count, channels, pixels(height, rowsOfMap), pixels(width, columns)));
    float[] from = regions.floats();
    for (int r = 0; r < count; r++) {
      int at = regions.offset() + 4 * r;
      BinSamples[] vertical = bins(from[at + 1], from[at + 3], height, rowsOfMap);
      BinSamples[] horizontal = bins(from[at], from[at + 2], width, columns);
      for (int c = 0; c < channels; c++) {
        int map = x.offset() + (rowOf[r] * channels + c) * rowsOfMap * columns;
        int to = y.offset() + (r * channels + c) * height * width;
        for (BinSamples v : vertical) {
          for (BinSamples h : horizontal) {
            y.floats()[to++] =
                largest
                    ? largest(x.floats(), map, columns, v, h)
                    : mean(x.floats(), map, columns, v, h);
          }
        }
      }
    }
    return List.of(y);
  }

  /** How many pixels the bins along one axis can have together. */
  private long pixels(int bins, int extent) {
    return samplingRatio > 0 ? 2L * bins * samplingRatio : bins + 2 * BinSamples.most(extent, 0);
  }

  private static void requireFit(Tensor x, Tensor regions, Tensor rows) {
    boolean fits =
        x.shape().rank() == 4
            && regions.shape().rank() == 2
            && regions.shape().dimension(1) == 4
            && rows.shape().rank() == 1
            && rows.shape().dimension(0) == regions.shape().dimension(0);
    if (!fits || x.dataType() != DataType.FP32 || regions.dataType() != DataType.FP32) {
      throw new IllegalArgumentException(
          "expected x FP32[N,C,H,W], regions FP32[R,4] and their rows [R], got %s, %s and %s"
              .formatted(x, regions, rows));
    }
  }

  /** The bins along one axis. */
  private BinSamples[] bins(float from, float to, int count, int extent) {
    float offset = halfPixel ? 0.5f : 0;
    float start = from * scale - offset;
    float length = to * scale - offset - start;
    if (!halfPixel) {
      length = Math.max(length, 1);
    }
    float bin = length / count;
    int samples = samplingRatio > 0 ? samplingRatio : (int) Math.ceil(bin);
    BinSamples[] bins = new BinSamples[count];
    for (int b = 0; b < count; b++) {
      bins[b] = BinSamples.of(start + b * bin, bin, samples, extent);
    }
    return bins;
  }

  /** A sum over samples of a product of an axis each is a product of sums. */
  private static float mean(
      float[] x, int map, int columns, BinSamples vertical, BinSamples horizontal) {
    double sum = 0;
    for (int i = 0; i < vertical.pixels(); i++) {
      int row = map + vertical.pixel(i) * columns;
      double ofRow = 0;
      for (int j = 0; j < horizontal.pixels(); j++) {
        ofRow += horizontal.weight(j) * x[row + horizontal.pixel(j)];
      }
      sum += vertical.weight(i) * ofRow;
    }
    double samples = (double) vertical.samples() * horizontal.samples();
    return (float) (sum / Math.max(samples, 1));
  }

  private static float largest(
      float[] x, int map, int columns, BinSamples vertical, BinSamples horizontal) {
    if (vertical.samples() == 0 || horizontal.samples() == 0) {
      return 0;
    }
    boolean outside = vertical.reachesOut() || horizontal.reachesOut();
    float largest = outside ? 0 : Float.NEGATIVE_INFINITY;
    for (int i = 0; i < vertical.pixels(); i++) {
      int row = map + vertical.pixel(i) * columns;
      for (int j = 0; j < horizontal.pixels(); j++) {
        largest =
            Math.max(
                largest, vertical.weight(i) * horizontal.weight(j) * x[row + horizontal.pixel(j)]);
      }
    }
    return largest;
  }
}
