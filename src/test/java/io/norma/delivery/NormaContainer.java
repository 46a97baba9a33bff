package io.norma.delivery;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * The service's own image, built from the jar under test, as the line in {@code docs/operations.md}
 * runs it.
 */
final class NormaContainer extends GenericContainer<NormaContainer> {
  private static final int PORT = 8080;
  private static final Future<String> IMAGE = build();

  NormaContainer() {
    super(IMAGE);
    withEnv("NORMA_SECURITY_ADMINKEY", Http.KEY);
    withExposedPorts(PORT);
    withCreateContainerCmdModifier(
        command -> Objects.requireNonNull(command.getHostConfig()).withReadonlyRootfs(true));
    withTmpFs(Map.of("/tmp", "rw"));
    waitingFor(
        Wait.forHttp("/v2/health/ready")
            .forPort(PORT)
            .forStatusCode(200)
            .withStartupTimeout(Duration.ofMinutes(2)));
  }

  String address() {
    return "http://" + getHost() + ":" + getMappedPort(PORT);
  }

  private static Future<String> build() {
    ImageFromDockerfile image =
        new ImageFromDockerfile("norma-under-test", false)
            .withBuildArg("JDK_IMAGE", TestImages.JDK)
            .withBuildArg("BASE_IMAGE", TestImages.BASE)
            .withFileFromPath("Dockerfile", Path.of("Dockerfile"));
    for (Path file : context()) {
      image.withFileFromPath(file.toString(), file);
    }
    return image;
  }

  /** What {@code .dockerignore} lets in. */
  private static List<Path> context() {
    List<Path> files = new ArrayList<>();
    add(files, "target", "norma-*.jar");
    add(files, "docker", "*");
    add(files, "examples/digits", "*.json");
    return files;
  }

  private static void add(List<Path> files, String directory, String glob) {
    try (DirectoryStream<Path> found = Files.newDirectoryStream(Path.of(directory), glob)) {
      found.forEach(files::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
