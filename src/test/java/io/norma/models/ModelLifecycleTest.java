package io.norma.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.norma.service.LabelledNetwork;
import io.norma.service.RunningService;
import io.norma.service.StatisticsClient;
import io.norma.service.StatisticsClient.Answer;
import io.norma.store.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes of one model that come at once, and models that come and go. */
final class ModelLifecycleTest {
  private static final String ONNX = "application/octet-stream";

  /** {@code -Dnorma.test.interleavings=500} and {@code -Dnorma.test.models=1000} for many. */
  private static final int INTERLEAVINGS = Integer.getInteger("norma.test.interleavings", 60);

  private static final int MODELS = Integer.getInteger("norma.test.models", 60);

  @TempDir Path directory;
  private RunningService service;
  private StatisticsClient client;

  @BeforeEach
  void start() throws IOException {
    // What the first file operations of a process create is not a model's.
    Files.createDirectories(directory);
    service = RunningService.start(directory, TestDatabase.H2.url(directory));
    client = service.client();
  }

  @AfterEach
  void stop() {
    service.close();
  }

  @Test
  void losesNoUploadToALoadOfAnotherVersion() throws Exception {
    SplittableRandom random = new SplittableRandom(1);
    LabelledNetwork first = new LabelledNetwork(1);
    assertThat(client.put("/v1/models/m/versions/1", first.bytes(), ONNX).status()).isEqualTo(201);
    try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
      for (int i = 0; i < INTERLEAVINGS; i++) {
        String version = "/v1/models/m/versions/" + (2 + i);
        byte[] bytes = new LabelledNetwork(2 + i % 7).bytes();
        long delay = random.nextLong(3_000_000);
        long otherDelay = random.nextLong(3_000_000);
        String other =
            i % 3 == 0 ? "/v2/repository/models/m/unload" : "/v2/repository/models/m/load";
        Future<Answer> load =
            executor.submit(
                () -> after(delay, () -> client.post("/v2/repository/models/m/load", "")));
        Future<Answer> second =
            executor.submit(() -> after(otherDelay, () -> client.post(other, "")));
        Answer upload = client.put(version, bytes, ONNX);

        assertThat(upload.status()).as(upload.text()).isEqualTo(201);
        assertThat(load.get().status()).as(load.get().text()).isEqualTo(200);
        assertThat(second.get().status()).as(second.get().text()).isEqualTo(200);
        if (i % 3 == 0) {
          assertThat(client.post("/v2/repository/models/m/load", "").status()).isEqualTo(200);
        }
        assertThat(client.get(version).status()).as("interleaving %d", i).isEqualTo(200);
        assertThat(client.get("/v1/models/m/versions/1").status()).isEqualTo(200);
        assertThat(client.delete(version).status()).isEqualTo(204);
      }
    }
  }

  private static Answer after(long nanoseconds, Callable<Answer> request) throws Exception {
    // The random times are what makes one interleaving differ from the next.
    LockSupport.parkNanos(nanoseconds);
    return request.call();
  }

  @Test
  void leavesNothingOfModelsThatHaveGone() throws Exception {
    come(0);
    go(0);
    List<String> series = series();
    List<Path> files = files();
    for (int i = 1; i <= MODELS; i++) {
      come(i);
      go(i);
    }
    assertThat(series()).containsExactlyElementsOf(series);
    assertThat(files()).containsExactlyElementsOf(files);
    // One of the last may still be warmed.
    await()
        .untilAsserted(() ->
            assertThat(Thread.getAllStackTraces().keySet())
                .as("threads that came with models")
                .noneMatch(thread -> thread.getName().contains("warm")));
  }

  private void come(int i) {
    String model = "/v1/models/m" + i;
    LabelledNetwork network = new LabelledNetwork(1 + i);
    assertThat(client.put(model + "/versions/1", network.bytes(), ONNX).status()).isEqualTo(201);
    assertThat(client.put(model + "/running-statistics/night", network.statistics()).status())
        .isEqualTo(201);
    assertThat(client.put(model + "/active-running-statistics", "{\"set\": \"night\"}").status())
        .isEqualTo(200);
    assertThat(client.post("/v2/models/m" + i + "/infer", LabelledNetwork.ZEROS).status())
        .isEqualTo(200);
    assertThat(client.post("/v2/models/m" + i + "/infer", "{}").status()).isEqualTo(400);
  }

  private void go(int i) {
    assertThat(client.delete("/v1/models/m" + i).status()).isEqualTo(204);
  }

  /** Names and tags of the series that tell of models. */
  private List<String> series() {
    return client
        .get("/actuator/prometheus")
        .text()
        .lines()
        .filter(line -> line.startsWith("norma_"))
        .map(line -> line.substring(0, line.lastIndexOf(' ')))
        .sorted()
        .toList();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> tree = Files.walk(directory)) {
      return tree.sorted().toList();
    }
  }

  @Test
  void sweepsFilesThatKilledUploadsLeft() throws IOException {
    Path left = Files.createDirectories(directory.resolve("incoming/process-left"));
    Files.writeString(left.resolve("model1.onnx"), "half of an upload");
    Files.createFile(left.resolve("in-use"));
    Path alive = directory.resolve("incoming");
    List<Path> own;
    assertThat(client.put("/v1/models/m/versions/1", new byte[] {1}, ONNX).status()).isEqualTo(400);
    try (Stream<Path> folders = Files.list(alive)) {
      own = folders.filter(folder -> !folder.equals(left)).toList();
    }
    try (RunningService next = RunningService.start(directory, TestDatabase.H2.url(directory))) {
      assertThat(next.client().get("/v2/health/live").status()).isEqualTo(200);
      assertThat(left).doesNotExist();
      assertThat(own).hasSize(1).allSatisfy(folder -> assertThat(folder).exists());
    }
  }
}
