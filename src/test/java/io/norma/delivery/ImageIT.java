package io.norma.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;

@NeedsContainers
@Testcontainers
class ImageIT {
  private static final long MEGABYTE = 1_000_000;

  @Container private static final NormaContainer NORMA = new NormaContainer();

  @Test
  void tellsDigitsAsAnOrdinaryUserWithAReadOnlyRoot() throws Exception {
    Http http = new Http(NORMA.address());
    List<String> digits =
        List.of("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine");
    for (int digit = 0; digit < digits.size(); digit++) {
      assertThat(Digit.of(http.digit(digits.get(digit)).body())).isEqualTo(digit);
    }
    assertThat(run("id", "-u")).isEqualTo("10001");
    assertThat(NORMA.execInContainer("touch", "/app/x").getStderr())
        .contains("Read-only file system");
    assertThat(NORMA.execInContainer("touch", "/data/x").getExitCode()).isZero();
  }

  @Test
  void startsFromItsCacheWithTheVectorKernels() {
    assertThat(NORMA.getLogs())
        .contains("Started with the options that the kernels' speed depends on")
        .doesNotContain("shared archive", "scalar");
    assertThat(inspect().getConfig().getEntrypoint())
        .contains("-XX:SharedArchiveFile=/app/norma.jsa");
  }

  @Test
  void answersItsHealthCheck() throws Exception {
    assertThat(NORMA.execInContainer("/app/healthy").getExitCode()).isZero();
    assertThat(image().getConfig()).isNotNull();
    assertThat(inspect().getConfig().getHealthcheck()).isNotNull();
  }

  @Test
  void carriesItsBillOfMaterials() throws Exception {
    JsonObject materials =
        JsonParser.parseString(run("cat", "/app/sbom/norma.cdx.json")).getAsJsonObject();
    assertThat(materials.get("bomFormat").getAsString()).isEqualTo("CycloneDX");
    assertThat(materials.getAsJsonArray("components").toString()).contains("spring-webmvc");
  }

  @Test
  void staysBelow300Megabytes() {
    assertThat(Objects.requireNonNull(image().getSize())).isLessThan(300 * MEGABYTE);
  }

  private static String run(String... command) throws IOException, InterruptedException {
    return NORMA.execInContainer(command).getStdout().strip();
  }

  private static InspectContainerResponse inspect() {
    return NORMA.getContainerInfo();
  }

  private static InspectImageResponse image() {
    return DockerClientFactory.instance()
        .client()
        .inspectImageCmd(NORMA.getDockerImageName())
        .exec();
  }
}
