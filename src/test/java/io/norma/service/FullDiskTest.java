package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.norma.service.StatisticsClient.Answer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The service on a disk of its own, which is filled up and freed again. */
final class FullDiskTest {
  private static final String MODEL = "/v1/models/m";
  private static final String SET = MODEL + "/running-statistics/night";
  private static final int MOST = 200;

  @TempDir Path directory;
  private Path disk = Path.of("");

  @BeforeEach
  void mount() throws Exception {
    disk = Files.createDirectory(directory.resolve("disk"));
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk.toString()),
        "skipped: a disk to fill takes the right to mount one");
  }

  @AfterEach
  void unmount() throws Exception {
    boolean _ = run("umount", disk.toString());
  }

  /** With what is kept free, H2 never comes to the end of the disk; without, it does. */
  @ParameterizedTest
  @ValueSource(strings = {"8MB", "0"})
  void isNamedAndChangesGoOnOnceThereIsRoom(String keptFree) throws Exception {
    String url = "jdbc:h2:file:" + disk.resolve("norma") + ";DB_CLOSE_ON_EXIT=FALSE;USER=sa";
    try (RunningService service =
        RunningService.start(disk, url, "--norma.database.min-free-bytes=" + keptFree)) {
      StatisticsClient client = service.client();
      LabelledNetwork network = new LabelledNetwork(1);
      assertThat(
              client
                  .put(MODEL + "/versions/1", network.bytes(), "application/octet-stream")
                  .status())
          .isEqualTo(201);
      assertThat(client.put(SET, network.statistics()).status()).isEqualTo(201);

      Path fill = disk.resolve("fill");
      fill(fill);
      int acknowledged = 1;
      Answer answer = client.put(SET, new LabelledNetwork(2).statistics());
      while (answer.status() == 201 && acknowledged < MOST) {
        acknowledged++;
        answer = client.put(SET, new LabelledNetwork(acknowledged + 1).statistics());
      }
      assertThat(answer.status()).as(answer.text()).isEqualTo(503);
      assertThat(answer.text()).contains("disk", disk.toString(), "bytes are free");
      assertThat(answer.header("Retry-After")).isNotEmpty();
      assertThat(client.post("/v2/models/m/infer", LabelledNetwork.ZEROS).status()).isEqualTo(200);
      assertThat(client.get("/v2/health/ready").status()).isEqualTo(200);
      Answer readiness = client.get("/actuator/health/readiness");
      assertThat(readiness.status()).isEqualTo(503);
      assertThat(readiness.text()).contains("disk", disk.toString());

      Files.delete(fill);
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> client.put(SET, network.statistics()).status() == 201);

      assertThat(client.get("/actuator/health/readiness").status()).isEqualTo(200);
      assertThat(client.get(SET).json().get("revision").asInt()).isGreaterThan(acknowledged);
      for (int revision = 1; revision <= acknowledged; revision++) {
        Answer kept = client.get(SET + "/revisions/" + revision);
        assertThat(kept.json().get("layers").get("bn").get("mean").get(0).asDouble())
            .isEqualTo(-1000.0 * revision);
      }
    }
  }

  private static void fill(Path file) throws IOException {
    byte[] block = new byte[4096];
    try (OutputStream out = Files.newOutputStream(file)) {
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space");
    }
  }

  private static boolean run(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException _) {
      return false;
    }
  }
}
