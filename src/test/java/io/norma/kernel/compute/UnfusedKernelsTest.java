package io.norma.kernel.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.compute.blocks.BlockedAffine;
import io.norma.kernel.compute.elementwise.Activation;
import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.compute.elementwise.ElementwiseLoops;
import io.norma.kernel.compute.matrix.DoubleMatrixProduct;
import io.norma.kernel.compute.matrix.MatrixProduct;
import io.norma.kernel.compute.matrix.UnfusedMatrixProduct;
import io.norma.kernel.compute.moments.MomentLoops;
import io.norma.kernel.compute.moments.NormalizationLoops;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.compute.tile.UnfusedTile;
import io.norma.kernel.tensor.ChannelLayout;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kernels in virtual machines without fused multiply-adds. There {@link Math#fma}, in vectors too,
 * goes through {@link java.math.BigDecimal}: that the class is never loaded shows that no kernel
 * calls it.
 */
final class UnfusedKernelsTest {
  private static final int[] LENGTHS = {128, 256, 512};

  @TempDir Path directory;

  @BeforeEach
  void computesOnVectorsAlone() {
    Assumptions.assumeTrue(Simd.isAvailable(), "kernels are packed for vectors alone");
  }

  @Test
  void agreeWithFusedOnesOnVectorsOfEveryLengthAndNeverFuse() throws Exception {
    List<float[]> expected = Kernels.results();
    List<String> outputs = new ArrayList<>();
    for (int bits : LENGTHS) {
      outputs.add(run(bits));
      assertThat(Files.readString(directory.resolve("classes-" + bits)))
          .contains(UnfusedTile.class.getName() + " ", UnfusedMatrixProduct.class.getName() + " ")
          .doesNotContain("java.math.BigDecimal ");
    }
    assertThat(outputs).as("bits on vectors of every length").containsOnly(outputs.getFirst());
    List<String> lines = outputs.getFirst().lines().toList();
    assertThat(lines).hasSameSizeAs(expected);
    for (int i = 0; i < lines.size(); i++) {
      assertClose(i, lines.get(i).split(" ", -1), expected.get(i));
    }
  }

  private static void assertClose(int kernel, String[] actual, float[] expected) {
    float largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat(Float.parseFloat(actual[i]))
          .as("element %d of result %d", i, kernel)
          .isCloseTo(expected[i], within(4e-5f * largest));
    }
  }

  private String run(int bits) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-XX:-UseFMA",
                // Finding out would call it.
                "-Dnorma.compute.unfused=true",
                "-Dnorma.compute.vector-bits=" + bits,
                "-Xlog:disable",
                "-Xlog:class+load=info:file=" + directory.resolve("classes-" + bits),
                "-cp",
                System.getProperty("java.class.path"),
                Kernels.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return output;
  }

  /** Results of all that computes in floats or doubles. */
  static final class Kernels {
    private static final int LENGTH = 101;

    private final Random random = new Random(8);
    private final List<float[]> results = new ArrayList<>();

    private Kernels() {}

    public static void main(String[] arguments) {
      StringBuilder lines = new StringBuilder();
      for (float[] result : results()) {
        for (int i = 0; i < result.length; i++) {
          lines.append(i == 0 ? "" : " ").append(result[i]);
        }
        lines.append('\n');
      }
      System.out.print(lines);
    }

    static List<float[]> results() {
      Kernels kernels = new Kernels();
      kernels.results.addAll(VectorLengthTest.Digests.results());
      kernels.matrixProducts();
      kernels.elementwise();
      kernels.normalizations(new ChannelLayout(3, 5, 33));
      kernels.normalizations(new ChannelLayout(37, 21, 1));
      return kernels.results;
    }

    private void matrixProducts() {
      float[] panel = new float[MatrixProduct.PANEL_LENGTH];
      for (int[] size : new int[][] {{1, 40, 30}, {50, 1, 20}, {31, 45, 300}}) {
        float[] a = floats(size[0] * size[2]);
        float[] b = floats(size[2] * size[1]);
        float[] c = new float[size[0] * size[1]];
        MatrixProduct.get()
            .multiply(
                size[0], size[1], size[2], a, 0, size[2], b, 0, size[1], c, 0, size[1], false,
                panel, 0);
        results.add(c);
      }
      double[] c = new double[6];
      DoubleMatrixProduct.multiply(2, 3, 20, doubles(40), 0, doubles(60), 0, c, 0);
      add(c);
    }

    private void elementwise() {
      ElementwiseLoops loops = ElementwiseLoops.get();
      float[] x = floats(LENGTH);
      List<Elementwise.UnaryLoop> functions =
          List.of(
              loops::exp,
              loops::sigmoid,
              loops::tanh,
              loops::erf,
              loops::gelu,
              loops::geluTanh,
              (a, i, y, j, n) -> loops.swish(a, i, y, j, n, 1.5f),
              (a, i, y, j, n) -> loops.hardSigmoid(a, i, y, j, n, 0.2f, 0.5f),
              (a, i, y, j, n) -> loops.hardSwish(a, i, y, j, n, 0.2f, 0.5f));
      for (Elementwise.UnaryLoop function : functions) {
        float[] y = new float[LENGTH];
        function.run(x, 0, y, 0, LENGTH);
        results.add(y);
      }
      float[] y = new float[2 * 5 * 16];
      Epilogue epilogue = new Epilogue(floats(96), 0, 32, 0, Activation.RELU, null, 0);
      BlockedAffine.apply(floats(y.length), 0, y, 0, 1, 2, 5, epilogue, 64);
      results.add(y);
    }

    private void normalizations(ChannelLayout layout) {
      int size = layout.outer() * layout.stride();
      int channels = layout.channels();
      Shape shape = Shape.of(size);
      for (boolean exact : new boolean[] {false, true}) {
        Tensor x = exact ? Tensor.of(shape, doubles(size)) : Tensor.of(shape, floats(size));
        Tensor dy = exact ? Tensor.of(shape, doubles(size)) : Tensor.of(shape, floats(size));
        Tensor y = exact ? Tensor.of(shape, doubles(size)) : Tensor.of(shape, floats(size));
        NormalizationLoops loops = NormalizationLoops.of(x);
        double[] mean = new double[channels];
        double[] sum = new double[channels];
        loops.moments(x, 0, layout, mean, sum, 0);
        add(mean);
        add(sum);
        MomentLoops.merge(mean, sum, 0, 10, 0.5, 3, 20);
        add(sum);
        loops.standardize(x, y, 0, layout, mean, doubles(channels), doubles(channels));
        add(y);
        // One channel in float, where it is the tensor's type, and the others in double.
        double[] variance = doubles(channels);
        for (int c = 0; c < channels; c++) {
          variance[c] = c == 0 ? 1 : 1e-42;
        }
        NormalizationLoops.Standard standard =
            NormalizationLoops.Standard.of(mean, variance, 0.5, layout.valuesPerChannel());
        NormalizationLoops.GradientSums sums = new NormalizationLoops.GradientSums(channels);
        loops.gradientSums(dy, x, 0, layout, standard, sums, 0);
        add(sums.product());
        NormalizationLoops.InputGradient gradient =
            new NormalizationLoops.InputGradient(
                doubles(channels), doubles(channels), doubles(channels));
        loops.inputGradient(dy, x, y, 0, layout, standard, gradient);
        add(y);
      }
    }

    private void add(double[] values) {
      float[] rounded = new float[values.length];
      for (int i = 0; i < rounded.length; i++) {
        rounded[i] = (float) values[i];
      }
      results.add(rounded);
    }

    private void add(Tensor tensor) {
      float[] rounded = new float[tensor.size()];
      for (int i = 0; i < rounded.length; i++) {
        rounded[i] = (float) tensor.getDouble(i);
      }
      results.add(rounded);
    }

    private float[] floats(int length) {
      float[] values = new float[length];
      for (int i = 0; i < length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      return values;
    }

    private double[] doubles(int length) {
      double[] values = new double[length];
      for (int i = 0; i < length; i++) {
        values[i] = random.nextGaussian();
      }
      return values;
    }
  }
}
