package io.norma.kernel.compute.convolution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.elementwise.Activation;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.tensor.Memory;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way to compute a convolution, held against its definition in double. */
final class BlockedConvolutionTest {
  private final Random random = new Random(20261121);

  @ParameterizedTest(name = "{0}->{1}, {2}x{2}, stride {3}, dilation {4}, groups {5}, {6}x{7}")
  @CsvSource({
    // few input channels
    "1, 5, 3, 1, 1, 1, 8, 8",
    "3, 64, 7, 2, 1, 1, 32, 30",
    "3, 17, 3, 1, 1, 1, 7, 7",
    "5, 48, 5, 1, 1, 1, 4, 4",
    "3, 16, 3, 2, 2, 1, 29, 13",
    "3, 16, 3, 1, 1, 1, 9, 33",
    "3, 48, 3, 1, 1, 1, 9, 33",
    "3, 48, 3, 2, 1, 1, 30, 60",
    "3, 16, 3, 3, 1, 1, 50, 50",
    "3, 96, 4, 4, 1, 1, 60, 60",
    "3, 17, 7, 4, 1, 1, 61, 63",
    "1, 32, 16, 16, 1, 1, 64, 230",
    "3, 32, 3, 5, 2, 1, 33, 80",
    // pointwise
    "16, 48, 1, 1, 1, 1, 13, 13",
    "17, 33, 1, 1, 1, 1, 7, 7",
    "48, 16, 1, 1, 1, 1, 1, 1",
    "20, 36, 1, 2, 1, 1, 14, 14",
    // any window
    "48, 16, 3, 2, 1, 1, 13, 13",
    "32, 32, 3, 1, 2, 1, 9, 10",
    "16, 17, 5, 1, 1, 1, 7, 28",
    "16, 32, 3, 1, 1, 1, 4, 4",
    // Winograd
    "16, 17, 3, 1, 1, 1, 28, 28",
    "48, 48, 3, 1, 1, 1, 13, 9",
    "100, 100, 3, 1, 1, 1, 13, 13",
    "160, 96, 3, 1, 1, 1, 14, 14",
    // Winograd along rows
    "512, 64, 3, 1, 1, 1, 7, 7",
    "150, 81, 3, 1, 1, 1, 7, 8",
    // a filter for each channel
    "17, 17, 3, 1, 1, 17, 13, 13",
    "48, 48, 5, 2, 1, 48, 28, 28",
    "16, 16, 3, 1, 1, 16, 1, 1",
    "32, 32, 3, 3, 2, 32, 28, 15",
    "32, 32, 3, 2, 1, 32, 15, 30",
    "48, 48, 5, 1, 1, 48, 15, 15",
    "20, 20, 7, 1, 2, 20, 21, 23",
    // groups of channels: within a block, across blocks, of whole blocks
    "32, 32, 3, 1, 1, 8, 14, 14",
    "48, 48, 3, 1, 1, 6, 7, 7",
    "48, 24, 3, 2, 1, 3, 15, 28",
    "24, 24, 3, 1, 1, 1, 9, 9",
    "72, 48, 3, 1, 2, 3, 13, 9",
    "64, 64, 3, 1, 1, 2, 33, 60",
    "64, 192, 1, 1, 1, 4, 7, 7",
    "60, 20, 1, 2, 1, 2, 9, 9",
    "8, 24, 5, 2, 1, 8, 11, 11",
    "16, 16, 3, 3, 2, 2, 28, 15",
    "20, 20, 3, 1, 1, 4, 1, 1"
  })
  void agreesWithItsDefinition(
      int c, int m, int kernel, int stride, int dilation, int groups, int height, int width) {
    Problem problem = new Problem(random, 2, c, m, kernel, stride, dilation, groups, height, width);
    double[] expected = problem.expected();
    double largest = 0;
    for (double value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    float[] actual = problem.run(0, 2);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).isCloseTo(expected[i], within(2e-5 * largest));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 33})
  void givesRowsTheSameBitsInAnyBatch(int rows) {
    int[][] shapes = {
      {40, 24, 1, 9, 1},
      {40, 24, 3, 9, 1},
      {40, 24, 3, 9, 8},
      {100, 80, 3, 7, 1},
      {100, 80, 3, 14, 1}
    };
    for (int[] shape : shapes) {
      Problem problem =
          new Problem(random, 33, shape[0], shape[1], shape[2], 1, 1, shape[4], shape[3], shape[3]);
      float[] all = problem.run(0, rows);
      for (int row = 0; row < rows; row++) {
        float[] alone = problem.run(row, 1);
        for (int i = 0; i < alone.length; i++) {
          assertThat(Float.floatToRawIntBits(all[row * alone.length + i]))
              .isEqualTo(Float.floatToRawIntBits(alone[i]));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"64, 28", "100, 7"})
  void givesTheSameBitsOnAnyNumberOfThreads(int channels, int extent) {
    Problem problem = new Problem(random, 2, channels, channels, 3, 1, 1, 1, extent, extent);
    int threads = ComputePool.get().threads();
    try {
      ComputePool.configure(1);
      float[] one = problem.run(0, 2);
      ComputePool.configure(3);
      assertThat(problem.run(0, 2)).isEqualTo(one);
    } finally {
      ComputePool.configure(threads);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "3, 16, 3, 2, 1, 40", "3, 32, 3, 1, 1, 20", "24, 40, 1, 1, 1, 15", "40, 100, 1, 1, 1, 1",
    "16, 16, 3, 2, 1, 9", "33, 33, 3, 1, 33, 15", "33, 33, 5, 2, 33, 15", "32, 32, 3, 1, 8, 16",
    "16, 16, 3, 1, 1, 16"
  })
  void finishesWithAnyActivation(int c, int m, int kernel, int stride, int groups, int extent) {
    Problem problem = new Problem(random, 2, c, m, kernel, stride, 1, groups, extent, extent);
    float[] sums = problem.run(0, 2, Activation.IDENTITY, false);
    float[] relu = problem.run(0, 2, Activation.RELU, false);
    Arrays.fill(problem.residual, 0);
    assertThat(relu).isEqualTo(problem.run(0, 2));
    for (Activation activation :
        new Activation[] {
          Activation.RELU,
          new Activation(Activation.Function.SWISH, 1, 0),
          new Activation(Activation.Function.HARD_SWISH, 1 / 6f, 0.5f)
        }) {
      float[] expected = sums.clone();
      activation.apply(expected, 0, expected.length);
      assertThat(problem.run(0, 2, activation, false)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({"3, 1, 9", "16, 1, 9", "100, 1, 7", "24, 6, 9", "16, 16, 9"})
  void hasNothingToDoForABatchOfNoRows(int channels, int groups, int extent) {
    Problem problem = new Problem(random, 1, channels, channels, 3, 1, 1, groups, extent, extent);
    assertThat(problem.run(0, 0)).isEmpty();
  }

  @Test
  void keepsInfinityInItsOwnGroup() {
    Problem problem = new Problem(random, 1, 24, 24, 3, 1, 1, 6, 9, 9);
    float[] finite = problem.run(0, 1);
    int plane = 81;
    problem.x[5 * plane] = Float.POSITIVE_INFINITY;
    float[] infinite = problem.run(0, 1);
    int group = 4 * plane;
    assertThat(infinite).hasSameSizeAs(finite);
    assertThat(Arrays.copyOf(infinite, group)).isEqualTo(Arrays.copyOf(finite, group));
    assertThat(Arrays.copyOfRange(infinite, 2 * group, finite.length))
        .isEqualTo(Arrays.copyOfRange(finite, 2 * group, finite.length));
    assertThat(Arrays.copyOfRange(infinite, group, 2 * group))
        .isNotEqualTo(Arrays.copyOfRange(finite, group, 2 * group))
        .doesNotContain(Float.NaN);
  }

  /** A convolution with scale, shift, residual and ReLU behind it. */
  private static final class Problem {
    private final int rows;
    private final int c;
    private final int m;
    private final int groups;
    private final PlaneGeometry geometry;
    private final float[] x;
    private final float[] w;
    private final float[] scale;
    private final float[] shift;
    private final float[] residual;
    private final BlockedConvolution packed;

    Problem(
        Random random,
        int rows,
        int c,
        int m,
        int kernel,
        int stride,
        int dilation,
        int groups,
        int height,
        int width) {
      this.rows = rows;
      this.c = c;
      this.m = m;
      this.groups = groups;
      int pad = (kernel - 1) * dilation / 2;
      int reach = (kernel - 1) * dilation + 1;
      geometry =
          new PlaneGeometry(
              height,
              width,
              kernel,
              kernel,
              stride,
              stride,
              pad,
              pad,
              dilation,
              dilation,
              (height + 2 * pad - reach) / stride + 1,
              (width + 2 * pad - reach) / stride + 1);
      x = random(random, rows * c * height * width, 1);
      int depth = c / groups * kernel * kernel;
      w = random(random, m * depth, Math.sqrt(2.0 / depth));
      scale = random(random, m, 1);
      shift = random(random, m, 1);
      residual = random(random, rows * m * geometry.outputPixels(), 1);
      packed =
          BlockedConvolution.pack(w, 0, m, c, groups, kernel, kernel, stride == 1 && dilation == 1);
    }

    private static float[] random(Random random, int length, double deviation) {
      float[] values = new float[length];
      for (int i = 0; i < length; i++) {
        values[i] = (float) (random.nextGaussian() * deviation);
      }
      return values;
    }

    double[] expected() {
      double[] y = new double[residual.length];
      int pixels = geometry.outputPixels();
      int group = c / groups;
      for (int i = 0; i < y.length; i++) {
        int o = i / pixels % m;
        int first = o / (m / groups) * group;
        double sum = 0;
        for (int k = 0; k < group; k++) {
          int plane = (i / pixels / m * c + first + k) * geometry.inputPixels();
          for (int t = 0; t < geometry.taps(); t++) {
            int row = geometry.row(i % pixels / geometry.outputWidth(), t / geometry.kernelWidth());
            int column = geometry.column(i % geometry.outputWidth(), t % geometry.kernelWidth());
            if (row >= 0
                && row < geometry.inputHeight()
                && column >= 0
                && column < geometry.inputWidth()) {
              sum +=
                  (double) x[plane + row * geometry.inputWidth() + column]
                      * w[(o * group + k) * geometry.taps() + t];
            }
          }
        }
        y[i] = Math.max(0, sum * scale[o] + shift[o] + residual[i]);
      }
      return y;
    }

    /** Computes some of the rows; the result in planes. */
    float[] run(int firstRow, int rowCount) {
      return run(firstRow, rowCount, Activation.RELU, true);
    }

    float[] run(int firstRow, int rowCount, Activation activation, boolean adds) {
      int xRow = c * geometry.inputPixels();
      int yRow = m * geometry.outputPixels();
      float[] input =
          packed.takesPlanes()
              ? Arrays.copyOfRange(x, firstRow * xRow, (firstRow + rowCount) * xRow)
              : blocks(x, firstRow, rowCount, c, geometry.inputPixels());
      float[] added = blocks(residual, firstRow, rowCount, m, geometry.outputPixels());
      int padded = ChannelBlocks.padded(m);
      float[] vectors = Arrays.copyOf(scale, 2 * padded);
      System.arraycopy(shift, 0, vectors, padded, m);
      float[] output = new float[added.length];
      packed.forward(
          input,
          0,
          output,
          0,
          rowCount,
          geometry,
          new Epilogue(vectors, 0, padded, 0, activation, adds ? added : null, 0),
          Memory.heap());
      float[] y = new float[rowCount * yRow];
      for (int n = 0; n < rowCount; n++) {
        ChannelBlocks.toPlanes(
            output, n * padded * geometry.outputPixels(), y, n * yRow, m, geometry.outputPixels());
      }
      assertThat(rowCount).isLessThanOrEqualTo(rows);
      return y;
    }

    private static float[] blocks(
        float[] planes, int firstRow, int rowCount, int channels, int pixels) {
      int padded = ChannelBlocks.padded(channels);
      float[] blocks = new float[rowCount * padded * pixels];
      for (int n = 0; n < rowCount; n++) {
        ChannelBlocks.fromPlanes(
            planes,
            (firstRow + n) * channels * pixels,
            blocks,
            n * padded * pixels,
            channels,
            pixels);
      }
      return blocks;
    }
  }
}
