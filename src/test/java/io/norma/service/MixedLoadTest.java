package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Many requests, four sets, and an activation every few answers; some inferences watched for drift.
 */
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {"norma.drift.sample-rate=0.2", "norma.watch.budget=0.5"})
final class MixedLoadTest {
  private static final String SETS = "/v1/models/digits/running-statistics/";
  private static final String ACTIVE = "/v1/models/digits/active-running-statistics";
  private static final String INFER = "/v2/models/digits/infer";
  private static final int CLIENTS = 4;
  private static final int ACTIVATIONS = 50;
  private static final int ANSWERS_PER_ACTIVATION = 10 * CLIENTS;

  @TempDir static Path directory;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> directory.toString());
  }

  @LocalServerPort int port;

  @Test
  void everyAnswerIsThatOfTheSetItNames() throws Exception {
    StatisticsClient client = new StatisticsClient(port).awaitReady();
    List<String> images = List.of("seven.json", "shifted/test-1.json");
    Map<String, float[][]> exact = new LinkedHashMap<>();
    for (int i = 1; i <= 4; i++) {
      String set = "camera-" + i;
      assertThat(client.put(SETS + set, scaled(1 + i / 4.0)).status()).isEqualTo(201);
      float[][] ofSet = new float[images.size()][];
      for (int image = 0; image < ofSet.length; image++) {
        String request = Digits.request(images.get(image), "running_statistics", set);
        ofSet[image] = Digits.probabilities(client.post(INFER, request).json());
      }
      exact.put(set + "@1", ofSet);
    }
    assertThat(exact.values().stream().map(ofSet -> Arrays.hashCode(ofSet[0])).distinct())
        .hasSize(4);
    client.put(ACTIVE, "{\"set\": \"camera-1\"}");

    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger answers = new AtomicInteger();
    Map<String, Integer> seen = new LinkedHashMap<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<Map<String, Integer>>> loads = new ArrayList<>();
      for (int c = 0; c < CLIENTS; c++) {
        int named = c;
        loads.add(executor.submit(() -> load(images, exact, named, done, answers)));
      }
      for (int i = 0; i < ACTIVATIONS; i++) {
        String body = "{\"set\": \"camera-" + (i % 4 + 1) + "\"}";
        assertThat(client.put(ACTIVE, body).status()).isEqualTo(200);
        int before = answers.get();
        await()
            .atMost(Duration.ofMinutes(1))
            .pollInterval(Duration.ofMillis(5))
            .until(() -> answers.get() >= before + ANSWERS_PER_ACTIVATION);
      }
      done.set(true);
      for (Future<Map<String, Integer>> load : loads) {
        load.get().forEach((name, count) -> seen.merge(name, count, Integer::sum));
      }
    }
    assertThat(seen.keySet()).containsExactlyInAnyOrderElementsOf(exact.keySet());
    System.out.println("FIGURE answers under load by revision: " + seen);
  }

  /** Asks until it is done, with the active set or, one client in two, a named one in between. */
  private Map<String, Integer> load(
      List<String> images,
      Map<String, float[][]> exact,
      int client,
      AtomicBoolean done,
      AtomicInteger answers) {
    StatisticsClient http = new StatisticsClient(port);
    Map<String, Integer> seen = new LinkedHashMap<>();
    for (int i = 0; !done.get(); i++) {
      int image = i % images.size();
      String named = client % 2 == 1 && i % 3 == 0 ? "camera-" + (i % 4 + 1) : null;
      String request =
          named == null
              ? Digits.request(images.get(image))
              : Digits.request(images.get(image), "running_statistics", named);
      StatisticsClient.Answer answer = http.post(INFER, request);
      assertThat(answer.status()).isEqualTo(200);
      JsonNode json = answer.json();
      String used = json.get("parameters").get("running_statistics").asString();
      if (named != null) {
        assertThat(used).isEqualTo(named + "@1");
      }
      assertThat(
              Arrays.equals(
                  Digits.probabilities(json), Objects.requireNonNull(exact.get(used))[image]))
          .as("answer %d, by %s, is that of %s to the bit", i, used, used)
          .isTrue();
      seen.merge(used, 1, Integer::sum);
      answers.incrementAndGet();
    }
    return seen;
  }

  private static String scaled(double factor) {
    JsonNode document =
        StatisticsClient.JSON.readTree(Digits.request("shifted/running-statistics.json"));
    for (var layer : document.get("layers").properties()) {
      float[] variance =
          StatisticsClient.JSON.treeToValue(layer.getValue().get("variance"), float[].class);
      for (int c = 0; c < variance.length; c++) {
        variance[c] *= (float) factor;
      }
      ((ObjectNode) layer.getValue()).putPOJO("variance", variance);
    }
    return StatisticsClient.JSON.writeValueAsString(document);
  }
}
