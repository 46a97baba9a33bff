package io.norma.kernel.compute;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SimdTest {
  @Test
  void runsOnTheScalarTwinsWhereTheModuleIsMissing() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Twins.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output)
        .contains(
            "ScalarCenteredAffineLoops",
            "ScalarElementwiseLoops",
            "ScalarGradientLoops",
            "ScalarMatrixProduct",
            "ScalarMomentLoops");
  }

  /** Names the twin of each kind. */
  static final class Twins {
    private Twins() {}

    public static void main(String[] arguments) {
      for (Object twin :
          List.of(
              CenteredAffineLoops.get(),
              ElementwiseLoops.get(),
              GradientLoops.get(),
              MatrixProduct.get(),
              MomentLoops.get())) {
        System.out.println(twin.getClass().getSimpleName());
      }
    }
  }
}
