package io.norma.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.NormaApplication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The service says how it was started where its speed depends on that, and serves in any case. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
final class StartIT {
  private static final String VECTORS = "--add-modules=jdk.incubator.vector";
  private static final String SCALAR = "scalar kernels";

  @TempDir Path directory;

  @Test
  void runsOnVectorsWithItsOptions() throws Exception {
    assertThat(log("@docker/options", "-jar", Jars.service().toString()))
        .containsOnlyOnce("Started with the options")
        .doesNotContain("Started without", SCALAR);
  }

  @Test
  void runsOnVectorsAndSaysWhatToDoWhereTheJarIsStartedByItself() throws Exception {
    assertThat(log("-jar", Jars.service().toString()))
        .containsOnlyOnce("Started without -XX:Tier3DelayOn=1000000: ")
        .containsOnlyOnce("java @docker/options -jar norma.jar")
        .doesNotContain(SCALAR);
  }

  /** As in another release of Java, whose internals are others: here they are not open. */
  @Test
  void runsOnScalarsAndSaysSoWhereTheModuleCannotBeAdded() throws Exception {
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    assertThat(log("-XX:Tier3DelayOn=1000000", "-cp", classes, NormaApplication.class.getName()))
        .containsOnlyOnce("Started without " + VECTORS + ": ")
        .containsOnlyOnce(SCALAR);
  }

  /** What it logs until it has told a digit. */
  private String log(String... launch) throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    List<String> command = new ArrayList<>(List.of(Jars.java()));
    command.addAll(List.of(launch));
    command.add("--server.port=" + port);
    command.add("--norma.data-directory=" + directory.resolve("data"));
    command.add("--norma.models.warm-up-at-most=100ms");
    Path log = directory.resolve("service.log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      Http http = new Http("http://localhost:" + port);
      while (!isReady(http)) {
        assertThat(process.waitFor(100, TimeUnit.MILLISECONDS)).as(() -> text(log)).isFalse();
      }
      assertThat(Digit.of(http.digit("three").body())).isEqualTo(3);
      process.destroy();
      process.waitFor();
      return text(log);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static boolean isReady(Http http) throws InterruptedException {
    try {
      return http.get("/v2/health/ready").statusCode() == 200;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  private static String text(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
