package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static io.norma.kernel.layer.LayerAssert.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class RoiAlignTest {
  private static final int ROWS = 7;
  private static final int COLUMNS = 9;

  /** Inside, beyond the border, smaller than a pixel, outside, the wrong way round. */
  private static final Tensor REGIONS =
      Tensor.of(
          Shape.of(5, 4),
          2.3f,
          1.1f,
          12.7f,
          9.2f,
          -5.2f,
          -3.1f,
          30.4f,
          25.6f,
          4.1f,
          4.2f,
          4.6f,
          4.4f,
          -40f,
          -40f,
          -30f,
          -30f,
          9.1f,
          9.3f,
          3.2f,
          4.4f);

  private static final Tensor ROW_OF = Tensor.of(Shape.of(5), 0L, 1, 1, 0, 1);

  /** The definition, sample by sample in float64. */
  private static Tensor expected(Tensor x, RoiAlign layer) {
    int channels = x.shape().dimension(1);
    Tensor y = Tensor.zeros(DataType.FP32, Shape.of(5, channels, layer.height(), layer.width()));
    double offset = layer.halfPixel() ? 0.5 : 0;
    int at = 0;
    for (int r = 0; r < 5; r++) {
      double[] sides = new double[4];
      for (int k = 0; k < 4; k++) {
        sides[k] = REGIONS.getDouble(4 * r + k) * layer.scale() - offset;
      }
      double width = sides[2] - sides[0];
      double height = sides[3] - sides[1];
      if (!layer.halfPixel()) {
        width = Math.max(width, 1);
        height = Math.max(height, 1);
      }
      double binWidth = width / layer.width();
      double binHeight = height / layer.height();
      int down = layer.samplingRatio() > 0 ? layer.samplingRatio() : (int) Math.ceil(binHeight);
      int across = layer.samplingRatio() > 0 ? layer.samplingRatio() : (int) Math.ceil(binWidth);
      for (int c = 0; c < channels; c++) {
        int map = (int) (ROW_OF.getLong(r) * channels + c) * ROWS * COLUMNS;
        for (int i = 0; i < layer.height(); i++) {
          for (int j = 0; j < layer.width(); j++) {
            double sum = 0;
            double largest = Double.NEGATIVE_INFINITY;
            for (int v = 0; v < down; v++) {
              for (int h = 0; h < across; h++) {
                double row = sides[1] + i * binHeight + (v + 0.5) * binHeight / down;
                double column = sides[0] + j * binWidth + (h + 0.5) * binWidth / across;
                double[] parts = parts(x, map, row, column);
                for (double part : parts) {
                  sum += part;
                  largest = Math.max(largest, part);
                }
              }
            }
            double mean = sum / Math.max(1, Math.max(down, 0) * Math.max(across, 0));
            y.setDouble(at++, !layer.largest() ? mean : largest > -1e300 ? largest : 0);
          }
        }
      }
    }
    return y;
  }

  /** What the four pixels around a position contribute. */
  private static double[] parts(Tensor x, int map, double row, double column) {
    if (row < -1 || row > ROWS || column < -1 || column > COLUMNS) {
      return new double[] {0};
    }
    double v = Math.clamp(row, 0, ROWS - 1);
    double h = Math.clamp(column, 0, COLUMNS - 1);
    int low = (int) v;
    int left = (int) h;
    int high = Math.min(low + 1, ROWS - 1);
    int right = Math.min(left + 1, COLUMNS - 1);
    return new double[] {
      (1 - v + low) * (1 - h + left) * x.getDouble(map + low * COLUMNS + left),
      (1 - v + low) * (h - left) * x.getDouble(map + low * COLUMNS + right),
      (v - low) * (1 - h + left) * x.getDouble(map + high * COLUMNS + left),
      (v - low) * (h - left) * x.getDouble(map + high * COLUMNS + right)
    };
  }

  @Test
  void poolsSamplesOfEachBin() {
    Tensor x = random(3, 2, 2, ROWS, COLUMNS);
    for (boolean largest : new boolean[] {false, true}) {
      for (boolean halfPixel : new boolean[] {false, true}) {
        for (int ratio : new int[] {0, 1, 2, 5}) {
          for (float scale : new float[] {1, 0.5f}) {
            RoiAlign layer = new RoiAlign(3, 2, ratio, scale, halfPixel, largest);
            assertThatLayer(layer, x, REGIONS, ROW_OF).givesWithin(1e-5, expected(x, layer));
          }
        }
      }
    }
  }

  /** As many samples as the region has pixels would be 10²⁰. */
  @Test
  void samplesOnlyWhatLiesOnTheMap() {
    Tensor x = random(4, 1, 1, ROWS, COLUMNS);
    Tensor y =
        assertThatLayer(
                new RoiAlign(2, 2, 0, 1, true, false),
                x,
                Tensor.of(Shape.of(1, 4), -1e10f, -1e10f, 1e10f, 1e10f),
                Tensor.of(Shape.of(1), 0L))
            .output();
    assertThat(y.toFloatArray()).containsExactly(new float[4], offset(1e-6f));
  }

  @Test
  void refusesRowsThatAreNotThere() {
    assertThatLayer(
            new RoiAlign(2, 2, 0, 1, true, false),
            random(4, 1, 1, ROWS, COLUMNS),
            Tensor.zeros(DataType.FP32, Shape.of(1, 4)),
            Tensor.of(Shape.of(1), 1L))
        .refuses("index 1 is out of range", "extent 1");
  }

  @Test
  void refusesRegionsThatAreNoCorners() {
    assertThatLayer(
            new RoiAlign(2, 2, 0, 1, true, false),
            random(4, 1, 1, ROWS, COLUMNS),
            Tensor.zeros(DataType.FP32, Shape.of(1, 5)),
            Tensor.of(Shape.of(1), 0L))
        .refuses("regions FP32[R,4]", "FP32[1,5]");
  }

  @Test
  void refusesAGridWithoutBins() {
    assertThatThrownBy(() -> new RoiAlign(0, 2, 0, 1, true, false)).hasMessageContaining("0×2");
  }
}
