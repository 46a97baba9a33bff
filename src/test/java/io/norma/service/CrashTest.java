package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.norma.store.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
  private final List<ServiceProcess> processes = new ArrayList<>();

  @AfterEach
  void kill() {
    processes.forEach(ServiceProcess::close);
  }

  @ParameterizedTest
  @EnumSource
  void keepsWhatWasAcknowledgedAndNothingHalfDone(TestDatabase database) throws Exception {
    String url = database == TestDatabase.H2 ? "" : database.url(directory);
    ServiceProcess process = start(url);
    int port = process.port();
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
    await()
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> !process.isAlive() || (revisions.get() >= LOADS && batches.get() >= BATCHES));
    process.kill();
    loads.join();
    merges.join();
    assertThat(revisions.get()).isGreaterThanOrEqualTo(LOADS);
    assertThat(batches.get()).isGreaterThanOrEqualTo(BATCHES);

    StatisticsClient again = new StatisticsClient(start(url).port()).awaitReady();

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

  private ServiceProcess start(String databaseUrl) throws IOException {
    List<String> settings =
        databaseUrl.isEmpty() ? List.of() : List.of("--spring.datasource.url=" + databaseUrl);
    ServiceProcess service = ServiceProcess.start(directory, List.of(), settings);
    processes.add(service);
    return service;
  }
}
