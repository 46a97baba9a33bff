package io.norma.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.NormaApplication;
import io.norma.store.TestDatabase;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** The service in a process of its own, killed without warning while it takes in changes. */
final class CrashTest {
  private static final String MODEL = "/v1/models/digits";
  private static final String SETS = MODEL + "/running-statistics/";
  private static final int LOADS = 20;
  private static final int BATCHES = 10;

  @TempDir Path directory;
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void kill() {
    processes.forEach(Process::destroyForcibly);
  }

  @ParameterizedTest
  @EnumSource
  void keepsWhatWasAcknowledgedAndNothingHalfDone(TestDatabase database) throws Exception {
    String url = database == TestDatabase.H2 ? "" : database.url(directory);
    int port = start(url);
    StatisticsClient client = new StatisticsClient(port).awaitReady();
    client.put(SETS + "default", Digits.request("shifted/running-statistics.json"));
    String calibration =
        client.post(MODEL + "/calibrations", "{\"set\": \"calibrated\"}").header("Location");

    AtomicInteger revisions = new AtomicInteger();
    AtomicInteger batches = new AtomicInteger();
    AtomicReference<String> active = new AtomicReference<>("default@1");
    AtomicReference<String> asked = new AtomicReference<>("default@1");
    String statistics = Digits.request("shifted/running-statistics.json");
    String images = Digits.request("shifted/calibration.json");
    Thread loads =
        untilDead(() -> {
          StatisticsClient.Answer answer =
              new StatisticsClient(port).put(SETS + "night", statistics);
          assertThat(answer.status()).isEqualTo(201);
          int revision = answer.json().get("revision").asInt();
          revisions.set(revision);
          asked.set("night@" + revision);
          String body = "{\"set\": \"night\", \"revision\": " + revision + "}";
          StatisticsClient.Answer activated =
              new StatisticsClient(port).put(MODEL + "/active-running-statistics", body);
          assertThat(activated.status()).isEqualTo(200);
          active.set("night@" + revision);
        });
    Thread merges =
        untilDead(() -> {
          StatisticsClient.Answer answer =
              new StatisticsClient(port).post(calibration + "/batches", images);
          assertThat(answer.status()).isEqualTo(200);
          batches.set(answer.json().get("batches").asInt());
        });
    Process process = processes.getLast();
    while (process.isAlive() && (revisions.get() < LOADS || batches.get() < BATCHES)) {
      Thread.sleep(20);
    }
    process.destroyForcibly();
    process.waitFor();
    loads.join();
    merges.join();
    assertThat(revisions.get()).isGreaterThanOrEqualTo(LOADS);
    assertThat(batches.get()).isGreaterThanOrEqualTo(BATCHES);

    StatisticsClient again = new StatisticsClient(start(url)).awaitReady();

    int newest = again.get(SETS + "night").json().get("revision").asInt();
    assertThat(newest).isBetween(revisions.get(), revisions.get() + 1);
    String sha256 = again.get(SETS + "default").json().get("sha256").asString();
    for (int revision = 1; revision <= newest; revision++) {
      JsonNode stored = again.get(SETS + "night/revisions/" + revision).json();
      assertThat(stored.get("sha256").asString()).isEqualTo(sha256);
      assertThat(stored.get("layers")).hasSize(4);
    }
    JsonNode nowActive = again.get(MODEL + "/active-running-statistics").json();
    assertThat(nowActive.get("set").asString() + "@" + nowActive.get("revision").asInt())
        .isIn(active.get(), asked.get());
    JsonNode progress = again.get(calibration).json();
    long kept = progress.get("batches").asLong();
    assertThat(kept).isBetween((long) batches.get(), batches.get() + 1L);
    assertThat(progress.get("samples").asLong()).isEqualTo(64 * kept);
    assertThat(again.post(calibration + "/publish", "{}").status()).isEqualTo(200);
    assertThat(again.get(SETS + "calibrated").json().get("sample_count").asLong())
        .isEqualTo(64 * kept);
    System.out.printf(
        "FIGURE kill -9 on %s: %d loads and %d batches acknowledged, %d and %d found%n",
        database, revisions.get(), batches.get(), newest, kept);
  }

  private static Thread untilDead(Runnable change) {
    return Thread.ofPlatform()
        .start(() -> {
          try {
            while (true) {
              change.run();
            }
          } catch (UncheckedIOException _) {
            // The process is dead.
          }
        });
  }

  private int start(String databaseUrl) throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                NormaApplication.class.getName(),
                "--server.port=" + port,
                "--norma.data-directory=" + directory.resolve("data"),
                "--norma.models.warm-up-at-most=100ms"));
    if (!databaseUrl.isEmpty()) {
      command.add("--spring.datasource.url=" + databaseUrl);
    }
    File log = directory.resolve("service.log").toFile();
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
            .start();
    processes.add(process);
    awaitPort(port, process);
    return port;
  }

  private static void awaitPort(int port, Process process) {
    StatisticsClient client = new StatisticsClient(port);
    for (int i = 0; i < 600; i++) {
      try {
        client.get("/v2/health/live");
        return;
      } catch (UncheckedIOException _) {
        try {
          assertThat(process.waitFor(100, TimeUnit.MILLISECONDS))
              .as("the service ended before it answered")
              .isFalse();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException(e);
        }
      }
    }
    throw new IllegalStateException("the service does not answer after a minute");
  }
}
