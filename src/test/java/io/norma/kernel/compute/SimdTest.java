package io.norma.kernel.compute;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.compute.elementwise.ElementwiseLoops;
import io.norma.kernel.compute.matrix.MatrixProduct;
import io.norma.kernel.compute.moments.CenteredAffineLoops;
import io.norma.kernel.compute.moments.GradientLoops;
import io.norma.kernel.compute.moments.MomentLoops;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SimdTest {
  private static final String[] SCALAR_LOOPS = {
    "ScalarCenteredAffineLoops",
    "ScalarElementwiseLoops",
    "ScalarGradientLoops",
    "ScalarMomentLoops"
  };

  @Test
  void runsOnTheScalarTwinsWhereTheModuleIsMissing() throws Exception {
    assertThat(twins())
        .contains("--add-modules=jdk.incubator.vector")
        .contains(SCALAR_LOOPS)
        .contains("ScalarMatrixProduct");
  }

  @Test
  void runsOnTwinsWithoutFusedMultiplyAddsWhereTheMachineHasNone() throws Exception {
    assertThat(twins("--add-modules=jdk.incubator.vector", "-XX:-UseFMA"))
        .contains(SCALAR_LOOPS)
        .contains("UnfusedMatrixProduct")
        .containsOnlyOnce("Running on kernels without fused multiply-add");
  }

  @Test
  void measuresFusedMultiplyAddsWhereTheVirtualMachineDoesNotTell() throws Exception {
    String vectors = "jdk.incubator.vector";
    assertThat(
            twins(
                "--add-modules=" + vectors, "--limit-modules=java.base," + vectors, "-XX:-UseFMA"))
        .contains("UnfusedMatrixProduct");
  }

  private static String twins(String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Twins.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
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
