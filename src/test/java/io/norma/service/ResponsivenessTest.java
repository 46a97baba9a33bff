package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.norma.service.StatisticsClient.Answer;
import io.norma.store.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the service answers while every compute slot is taken by a run of several seconds. */
final class ResponsivenessTest {
  private static final int SLOTS = Runtime.getRuntime().availableProcessors();
  private static final String INFER = "/v2/models/counting/infer";
  private static final String DIGITS = "/v2/models/digits/infer";
  private static final double SECONDS = 4;

  @TempDir private Path directory;

  @Test
  void healthAndAdministrationAnswerAndTheQueueHoldsToItsBounds() throws Exception {
    try (RunningService service =
            RunningService.start(
                directory,
                TestDatabase.H2.url(directory),
                "--norma.inference.max-queue=1",
                "--norma.inference.max-loop-iterations=10000000000");
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      StatisticsClient client = service.client();
      upload(client, "counting", CountingNetwork.bytes());
      upload(client, "digits", ServiceTest.digitsModel());
      String longRun = CountingNetwork.request(CountingNetwork.iterations(client, SECONDS));
      List<Future<Answer>> running = new ArrayList<>();
      for (int slot = 0; slot < SLOTS; slot++) {
        running.add(clients.submit(() -> client.post(INFER, longRun)));
      }
      awaitMetric(client, "norma_inference_computing " + (double) SLOTS);

      assertThat(client.get("/v2/health/live").status()).isEqualTo(200);
      assertThat(client.get("/v1/models/digits/running-statistics").status()).isEqualTo(200);
      Answer activation =
          client.put("/v1/models/digits/active-running-statistics", "{\"set\": \"default\"}");
      assertThat(activation.status()).as(activation.text()).isEqualTo(200);

      Answer late = client.post(DIGITS, Digits.request("seven.json", "timeout", 2_000));
      assertThat(late.status()).as(late.text()).isEqualTo(504);
      assertThat(late.json().path("error").asString()).contains("nothing was computed", "timeout");

      Callable<Answer> digits = () -> client.post(DIGITS, Digits.request("seven.json"));
      Future<Answer> waiting = clients.submit(digits);
      awaitMetric(client, "norma_inference_queue 1.0");
      Answer refused = digits.call();
      assertThat(refused.status()).as(refused.text()).isEqualTo(429);
      assertThat(refused.json().path("error").asString()).contains("norma.inference.max-queue");

      assertThat(running).noneMatch(Future::isDone);
      assertThat(waiting.isDone()).isFalse();
      for (Future<Answer> run : running) {
        assertThat(run.get().status()).as(run.get().text()).isEqualTo(200);
      }
      assertThat(waiting.get().status()).isEqualTo(200);
      awaitMetric(client, "outcome=\"expired\"");
      awaitMetric(client, "outcome=\"rejected\"");
    }
  }

  private static void upload(StatisticsClient client, String model, byte[] file) {
    Answer answer =
        client.put("/v1/models/" + model + "/versions/1", file, "application/octet-stream");
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
  }

  private static void awaitMetric(StatisticsClient client, String line) {
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> client.get("/actuator/prometheus").text().contains(line));
  }
}
