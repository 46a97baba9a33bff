package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.norma.service.StatisticsClient.Answer;
import io.norma.store.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model is asked without pause while it and others change. */
final class ModelChangeLoadTest {
  private static final String DIGITS = "/v1/models/digits/versions/";
  private static final String OTHER = "/v1/models/other/versions/1";
  private static final String ACTIVE = DIGITS + "1/active-running-statistics";
  private static final int CLIENTS = 4;
  private static final int ROUNDS = 10;
  private static final int ANSWERS_PER_CHANGE = 5 * CLIENTS;

  @TempDir private Path directory;

  private final AtomicBoolean done = new AtomicBoolean();
  private final AtomicInteger answers = new AtomicInteger();
  private final Set<String> versions = ConcurrentHashMap.newKeySet();

  @Test
  void losesNoRequest() throws Exception {
    try (RunningService service = RunningService.start(directory, TestDatabase.H2.url(directory));
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      StatisticsClient client = service.client();
      upload(client, DIGITS + 1);
      upload(client, OTHER);
      String set = DIGITS + "1/running-statistics/shifted";
      assertThat(client.put(set, Digits.request("shifted/running-statistics.json")).status())
          .isEqualTo(201);
      List<Future<?>> loads = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        String path = i % 2 == 0 ? "/v2/models/digits" : "/v2/models/digits/versions/1";
        loads.add(clients.submit(() -> load(client, path + "/infer")));
      }
      try {
        for (int round = 0; round < ROUNDS; round++) {
          upload(client, DIGITS + 2);
          awaitAnswers(loads);
          activate(client, round % 2 == 0 ? "shifted" : "default");
          change(client.post("/v2/repository/models/other/unload", "{}"), 200);
          awaitAnswers(loads);
          change(client.post("/v2/repository/models/other/load", "{}"), 200);
          change(client.post("/v2/repository/models/digits/load", "{}"), 200);
          awaitAnswers(loads);
          change(client.delete(DIGITS + 2), 204);
          awaitAnswers(loads);
        }
      } finally {
        done.set(true);
      }
      for (Future<?> load : loads) {
        load.get();
      }
      assertThat(versions).as("versions that answered").containsExactlyInAnyOrder("1", "2");
    }
  }

  private void load(StatisticsClient client, String path) {
    String request = Digits.request("seven.json");
    while (!done.get()) {
      Answer answer = client.post(path, request);
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      versions.add(answer.json().get("model_version").asString());
      answers.incrementAndGet();
    }
  }

  private void awaitAnswers(List<Future<?>> loads) {
    int before = answers.get();
    await()
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(5))
        .until(() ->
            answers.get() >= before + ANSWERS_PER_CHANGE
                || loads.stream().anyMatch(Future::isDone));
  }

  private static void upload(StatisticsClient client, String path) {
    change(client.put(path, ServiceTest.digitsModel(), "application/octet-stream"), 201);
  }

  private static void activate(StatisticsClient client, String set) {
    change(client.put(ACTIVE, "{\"set\": \"" + set + "\"}"), 200);
  }

  private static void change(Answer answer, int status) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
  }
}
