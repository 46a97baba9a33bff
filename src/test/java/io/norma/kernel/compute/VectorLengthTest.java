package io.norma.kernel.compute;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.convolution.BlockedConvolution;
import io.norma.kernel.compute.elementwise.Activation;
import io.norma.kernel.compute.matrix.DenseProduct;
import io.norma.kernel.compute.matrix.WeightFormat;
import io.norma.kernel.compute.moments.MomentLoops;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.tensor.ChannelLayout;
import io.norma.kernel.tensor.Memory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Vectors of every length give the same bits; each length needs a virtual machine of its own. */
final class VectorLengthTest {
  @ParameterizedTest
  @ValueSource(ints = {128, 256, 512})
  void givesTheSameBitsOnVectorsOf(int bits) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-Dnorma.compute.vector-bits=" + bits,
                "-cp",
                System.getProperty("java.class.path"),
                Digests.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String digests =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
    assertThat(process.waitFor()).isZero();
    assertThat(digests).isEqualTo(Digests.all());
  }

  /** Results of each way to convolve and of dense layers, as hash codes. */
  static final class Digests {
    /** C, M, kernel, stride, extent, groups. */
    private static final int[][] SHAPES = {
      {3, 40, 3, 2, 17, 1},
      {20, 40, 1, 1, 5, 1},
      {16, 48, 3, 2, 9, 1},
      {32, 32, 3, 1, 9, 1},
      {96, 80, 3, 1, 8, 1},
      {96, 80, 3, 1, 7, 1},
      {17, 17, 3, 1, 9, 17},
      {32, 32, 5, 2, 9, 32},
      {32, 32, 3, 1, 9, 8},
      {64, 64, 3, 2, 9, 2},
      {3, 16, 3, 1, 17, 1},
      {40, 100, 1, 1, 1, 1}
    };

    private Digests() {}

    public static void main(String[] arguments) {
      System.out.println(all());
    }

    static String all() {
      return Stream.concat(
              results().stream().map(Arrays::hashCode), moments().stream().map(Arrays::hashCode))
          .map(Integer::toHexString)
          .collect(Collectors.joining(" "));
    }

    static List<float[]> results() {
      List<float[]> results = new ArrayList<>();
      for (int[] shape : SHAPES) {
        results.add(convolution(shape));
      }
      Random random = new Random(4);
      DenseProduct product = new DenseProduct(random(random, 50 * 41), 0, 41, 50, true);
      for (int rows : new int[] {1, 5, 23, 115}) {
        results.add(dense(product, rows));
      }
      float[] many = random(random, 500 * 600);
      DenseProduct rounded = new DenseProduct(many, 0, 600, 500, true, WeightFormat.BF16);
      for (int rows : new int[] {1, 3, 7, 115}) {
        results.add(dense(rounded, rows));
      }
      return results;
    }

    /** Of channels in runs of many lengths, and in columns of as many. */
    static List<double[]> moments() {
      List<double[]> results = new ArrayList<>();
      for (int inner : new int[] {1, 3, 16, 17, 25, 31, 49, 64, 1003}) {
        for (int channels : new int[] {1, 5, 24, 33, 101}) {
          for (int outer : new int[] {1, 7, 90}) {
            ChannelLayout layout = new ChannelLayout(outer, channels, inner);
            float[] x = random(new Random(6), outer * channels * inner);
            double[] mean = new double[channels];
            double[] sum = new double[channels];
            MomentLoops.get().moments(x, 0, layout, mean, sum, 0);
            results.add(mean);
            results.add(sum);
          }
        }
      }
      return results;
    }

    private static float[] dense(DenseProduct product, int rows) {
      Random random = new Random(5);
      int padded = ChannelBlocks.padded(product.outputs());
      float[] vectors = random(random, 2 * padded);
      Epilogue epilogue = new Epilogue(vectors, 0, padded, 0, Activation.RELU, null, 0);
      float[] y = new float[rows * product.outputs()];
      float[] x = random(random, rows * product.inputs());
      product.forward(x, 0, false, y, 0, false, rows, epilogue, Memory.heap());
      return y;
    }

    private static float[] convolution(int[] shape) {
      Random random = new Random(3);
      int kernel = shape[2];
      int stride = shape[3];
      int extent = shape[4];
      int output = (extent - 1) / stride + 1;
      PlaneGeometry geometry =
          new PlaneGeometry(
              extent,
              extent,
              kernel,
              kernel,
              stride,
              stride,
              kernel / 2,
              kernel / 2,
              1,
              1,
              output,
              output);
      int depth = shape[0] / shape[5] * kernel * kernel;
      BlockedConvolution convolution =
          BlockedConvolution.pack(
              random(random, shape[1] * depth),
              0,
              shape[1],
              shape[0],
              shape[5],
              kernel,
              kernel,
              stride == 1);
      float[] x = random(random, ChannelBlocks.padded(shape[0]) * extent * extent);
      int padded = ChannelBlocks.padded(shape[1]);
      float[] y = new float[padded * output * output];
      float[] vectors = random(random, 2 * padded);
      Epilogue epilogue = new Epilogue(vectors, 0, padded, 0, Activation.RELU, null, 0);
      convolution.forward(x, 0, y, 0, 1, geometry, epilogue, Memory.heap());
      return y;
    }

    private static float[] random(Random random, int length) {
      float[] values = new float[length];
      for (int i = 0; i < length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      return values;
    }
  }
}
