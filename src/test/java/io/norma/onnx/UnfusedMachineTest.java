package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Normalization;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The bundled digits on a machine without fused multiply-adds, as far as the JVM knows. */
final class UnfusedMachineTest {
  private static final int ROWS = 5;

  @Test
  void findsTheSameDigitsAndSaysOnceWhatIsSlow() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-XX:-UseFMA",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Digits.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).containsOnlyOnce("Running on kernels without fused multiply-add");
    double[] actual =
        output
            .lines()
            .filter(line -> line.startsWith("probability "))
            .mapToDouble(line -> Double.parseDouble(line.substring("probability ".length())))
            .toArray();
    double[] expected = Digits.probabilities();
    assertThat(actual).containsExactly(expected, within(1e-5));
    for (int row = 0; row < ROWS; row++) {
      assertThat(digit(actual, row)).isEqualTo(digit(expected, row));
    }
  }

  private static int digit(double[] probabilities, int row) {
    double[] own = Arrays.copyOfRange(probabilities, 10 * row, 10 * row + 10);
    double largest = Arrays.stream(own).max().orElseThrow();
    return Arrays.stream(own).boxed().toList().indexOf(largest);
  }

  /** Asks the bundled model for a batch of rows and for the last of them alone. */
  static final class Digits {
    private Digits() {}

    public static void main(String[] arguments) throws IOException {
      for (double probability : probabilities()) {
        System.out.println("probability " + probability);
      }
    }

    static double[] probabilities() throws IOException {
      ImportResult digits;
      try (InputStream file =
          Objects.requireNonNull(
              UnfusedMachineTest.class.getResourceAsStream("/models/digits/1/model.onnx"))) {
        digits = OnnxImporter.read(file, "digits");
      }
      ExecutionPlan plan = ExecutionPlan.compile(digits.network());
      Random random = new Random(6);
      float[] pixels = new float[ROWS * 64];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = random.nextFloat();
      }
      double[] probabilities = new double[(ROWS + 1) * 10];
      for (int rows : new int[] {ROWS, 1}) {
        float[] some = Arrays.copyOfRange(pixels, pixels.length - rows * 64, pixels.length);
        Tensor answer =
            plan.run(
                    List.of(Tensor.of(Shape.of(rows, 1, 8, 8), some)),
                    new Normalization.Frozen(plan.bind(digits.network().runningStatistics())),
                    new Workspace())
                .getFirst();
        for (int i = 0; i < answer.size(); i++) {
          probabilities[(rows == 1 ? ROWS * 10 : 0) + i] = answer.getDouble(i);
        }
      }
      return probabilities;
    }
  }
}
