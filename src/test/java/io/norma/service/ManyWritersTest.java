package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.norma.service.StatisticsClient.Answer;
import io.norma.store.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Far more clients that write at once than there are connections to the database. */
final class ManyWritersTest {
  private static final int CLIENTS = 200;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void countsEachKeyedBatchOfANormalizerOnce(TestDatabase database) throws Exception {
    try (RunningService service = start(database)) {
      StatisticsClient client = service.client();
      assertThat(
              client.put("/v1/normalizers/n", "{\"channels\": 1, \"cumulative\": true}").status())
          .isEqualTo(201);
      writeAll(
          database,
          client,
          "/v1/normalizers/n/batches",
          "{\"input\": {\"shape\": [2, 1], \"datatype\": \"FP64\", \"data\": [%1$d, %1$d]}}");

      Answer state = client.get("/v1/normalizers/n");
      assertThat(state.json().get("batches").asInt()).isEqualTo(CLIENTS);
      assertThat(state.json().get("moments").get("count").asInt()).isEqualTo(2 * CLIENTS);
      assertThat(state.json().get("moments").get("mean").get(0).asDouble())
          .isCloseTo((CLIENTS - 1) / 2.0, within(1e-9));
    }
  }

  @ParameterizedTest
  @EnumSource
  void countsEachKeyedBatchOfACalibrationOnce(TestDatabase database) throws Exception {
    try (RunningService service = start(database)) {
      StatisticsClient client = service.client();
      LabelledNetwork network = new LabelledNetwork(1);
      assertThat(
              client
                  .put("/v1/models/m/versions/1", network.bytes(), "application/octet-stream")
                  .status())
          .isEqualTo(201);
      String calibration =
          client.post("/v1/models/m/calibrations", "{\"set\": \"night\"}").header("Location");
      String batch =
          """
          {"inputs": [{"name": "x", "shape": [2, 2], "datatype": "FP32",
                       "data": [%1$d, %1$d, %1$d, %1$d]}]}
          """;
      writeAll(database, client, calibration + "/batches", batch);

      Answer state = client.get(calibration);
      assertThat(state.json().get("batches").asInt()).isEqualTo(CLIENTS);
      assertThat(state.json().get("samples").asInt()).isEqualTo(2 * CLIENTS);
      assertThat(client.post(calibration + "/publish", "{}").status()).isEqualTo(200);
      assertThat(
              client
                  .get("/v1/models/m/running-statistics/night")
                  .json()
                  .get("layers")
                  .get("bn")
                  .get("mean")
                  .get(0)
                  .asDouble())
          .isCloseTo((CLIENTS - 1) / 2.0, within(1e-4));
      Answer other =
          client.post(calibration + "/batches", batch.formatted(-1), "Idempotency-Key", "key-0");
      assertThat(other.status()).isEqualTo(409);
      assertThat(other.text()).contains("key-0", "a new one needs a new key");
      Answer late =
          client.post(calibration + "/batches", batch.formatted(0), "Idempotency-Key", "key-0");
      assertThat(late.status()).as("after its end as well: it was counted").isEqualTo(200);
      assertThat(late.json().get("repeated").asBoolean()).isTrue();
    }
  }

  private RunningService start(TestDatabase database) {
    return RunningService.start(
        directory,
        database.url(directory),
        "--spring.datasource.hikari.maximum-pool-size=10",
        "--spring.datasource.hikari.connection-timeout=250",
        "--norma.inference.max-queue=1000");
  }

  /** Each writes once, and again with its key until it is acknowledged. */
  private static void writeAll(
      TestDatabase database, StatisticsClient client, String path, String body) throws Exception {
    AtomicInteger refused = new AtomicInteger();
    try (ExecutorService executor = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<?>> running = new ArrayList<>();
      for (int k = 0; k < CLIENTS; k++) {
        String batch = body.formatted(k);
        String key = "key-" + k;
        running.add(
            executor.submit(() -> {
              Answer answer =
                  await()
                      .atMost(Duration.ofMinutes(2))
                      .pollInSameThread()
                      .pollDelay(Duration.ZERO)
                      .pollInterval(Duration.ofMillis(20))
                      .until(
                          () -> client.post(path, batch, "Idempotency-Key", key),
                          given -> isAnswered(given, refused));
              assertThat(answer.status()).as(answer.text()).isEqualTo(200);
              assertThat(answer.json().get("repeated").asBoolean())
                  .as("counted although it was refused before")
                  .isFalse();
              return null;
            }));
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
    System.out.printf(
        "%s: %d writers on 10 connections, %d times 429%n", database, CLIENTS, refused.get());
  }

  private static boolean isAnswered(Answer answer, AtomicInteger refused) {
    if (answer.status() != 429) {
      return true;
    }
    assertThat(answer.text()).contains("nothing was changed");
    refused.incrementAndGet();
    return false;
  }
}
