package io.norma.runningstatistics.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.NormaApplication;
import io.norma.service.Digits;
import io.norma.service.StatisticsClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** How several revisions share the requests that name none. */
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = "norma.running-statistics.max-split=3")
final class ActivationControllerTest {
  private static final String SETS = "/v1/models/digits/running-statistics/";
  private static final String ACTIVE = "/v1/models/digits/active-running-statistics";
  private static final String INFER = "/v2/models/digits/infer";
  private static final String KEY = "X-Routing-Key";

  /** Of the model digits their points are 0.67 and 0.39, as {@code TrafficSplitTest} has them. */
  private static final String UPPER = "user-1";

  private static final String LOWER = "user-2";

  @TempDir static Path directory;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> directory.resolve("here").toString());
  }

  @LocalServerPort int port;
  private StatisticsClient client = new StatisticsClient(0);

  @BeforeEach
  void begin() {
    client = new StatisticsClient(port).awaitReady();
    load(client);
  }

  private static void load(StatisticsClient client) {
    StatisticsClient.Answer loaded =
        client.put(
            SETS + "night",
            Digits.request("shifted/running-statistics.json"),
            "If-None-Match",
            "*");
    assertThat(loaded.status()).isIn(201, 412);
  }

  @AfterEach
  void activateWhatCameWithTheModel() {
    assertThat(client.put(ACTIVE, "{\"set\": \"default@1\"}").status()).isEqualTo(200);
  }

  private static String split(double first, double second) {
    return "{\"split\": [{\"set\": \"default\", \"weight\": %s}, {\"set\": \"night\", \"weight\": %s}]}"
        .formatted(first, second);
  }

  private static String used(StatisticsClient.Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json().at("/parameters/running_statistics").asString();
  }

  @Test
  void sharesRequestsByTheirKeysOrAtRandom() {
    StatisticsClient.Answer activated = client.put(ACTIVE, split(50, 50));
    assertThat(activated.status()).as(activated.text()).isEqualTo(200);
    assertThat(activated.json().get("set").asString()).isEqualTo("default");
    JsonNode active = client.get(ACTIVE).json();
    assertThat(active.get("split").toString())
        .isEqualTo(
            "[{\"set\":\"default\",\"revision\":1,\"weight\":50},"
                + "{\"set\":\"night\",\"revision\":1,\"weight\":50}]");

    String seven = Digits.request("seven.json");
    for (int i = 0; i < 3; i++) {
      assertThat(used(client.post(INFER, seven, KEY, LOWER))).isEqualTo("default@1");
      assertThat(used(client.post(INFER, seven, KEY, UPPER))).isEqualTo("night@1");
    }
    // What the request says itself goes before what was put beside it.
    assertThat(
            used(
                client.post(INFER, Digits.request("seven.json", "routing_key", UPPER), KEY, LOWER)))
        .isEqualTo("night@1");
    Set<String> seen = new TreeSet<>();
    // That one of two is not seen in 100 draws has a probability of 2^-99.
    for (int i = 0; i < 100; i++) {
      seen.add(used(client.post(INFER, seven)));
    }
    assertThat(seen).containsExactly("default@1", "night@1");
  }

  @Test
  void answersEachRequestAsIfItHadNamedItsSet() {
    String image = "shifted/test-1.json";
    float[] imported = named(image, "default");
    float[] night = named(image, "night");
    assertThat(imported).isNotEqualTo(night);
    client.put(ACTIVE, split(50, 50));

    assertThat(Digits.probabilities(client.post(INFER, Digits.request(image), KEY, LOWER).json()))
        .isEqualTo(imported);
    assertThat(Digits.probabilities(client.post(INFER, Digits.request(image), KEY, UPPER).json()))
        .isEqualTo(night);
    for (String set : new String[] {"default", "night"}) {
      String request = Digits.request(image, "running_statistics", set);
      assertThat(used(client.post(INFER, request, KEY, UPPER))).isEqualTo(set + "@1");
    }
    // What is not frozen goes by the largest share, of equal ones the first.
    String blend =
        Digits.request(image)
            .replaceFirst(
                "\\{", "{\"parameters\": {\"normalization\": \"blend\", \"prior_count\": 16}, ");
    assertThat(used(client.post(INFER, blend, KEY, UPPER))).isEqualTo("default@1");
  }

  private float[] named(String image, String set) {
    return Digits.probabilities(
        client.post(INFER, Digits.request(image, "running_statistics", set)).json());
  }

  @Test
  void namesTheSetInBinaryAnswersToo() {
    client.put(ACTIVE, split(0, 100));
    String request = Digits.request("seven.json", "binary_data_output", true);
    StatisticsClient.Answer answer = client.post(INFER, request);
    assertThat(answer.status()).isEqualTo(200);
    int length = Integer.parseInt(answer.header("Inference-Header-Content-Length"));
    String json = new String(answer.response().body(), 0, length, StandardCharsets.UTF_8);
    assertThat(StatisticsClient.JSON.readTree(json).at("/parameters/running_statistics").asString())
        .isEqualTo("night@1");
  }

  /** A batch of two rows, one of each set: the first waits for the second. */
  @Test
  void runsRequestsOfSeveralSetsTogetherEachByItsOwn() throws Exception {
    float[] imported = named("seven.json", "default");
    float[] night = named("seven.json", "night");
    try (ConfigurableApplicationContext service =
        new SpringApplicationBuilder(NormaApplication.class)
            .run(
                "--server.port=0",
                "--norma.data-directory=" + directory.resolve("there"),
                "--norma.models.warm-up-at-most=1ms",
                "--norma.batching.preferred-batch-sizes=2",
                "--norma.batching.max-queue-delay=1m")) {
      StatisticsClient there =
          new StatisticsClient(
                  service.getEnvironment().getRequiredProperty("local.server.port", Integer.class))
              .awaitReady();
      load(there);
      assertThat(there.put(ACTIVE, split(50, 50)).status()).isEqualTo(200);
      String seven = Digits.request("seven.json");
      CompletableFuture<StatisticsClient.Answer> lower =
          CompletableFuture.supplyAsync(() -> there.post(INFER, seven, KEY, LOWER));
      StatisticsClient.Answer upper = there.post(INFER, seven, KEY, UPPER);

      assertThat(used(lower.get())).isEqualTo("default@1");
      assertThat(Digits.probabilities(lower.get().json())).isEqualTo(imported);
      assertThat(used(upper)).isEqualTo("night@1");
      assertThat(Digits.probabilities(upper.json())).isEqualTo(night);
      JsonNode batches =
          there.get("/v2/models/digits/stats").json().at("/model_stats/0/batch_stats");
      assertThat(batches.findValuesAsString("batch_size")).containsExactly("2");
    }
  }

  @Test
  void rollsBackFromASplitAndToOne() {
    client.put(ACTIVE, "{\"set\": \"night\", \"revision\": 1}");
    client.put(ACTIVE, split(90, 10));
    client.put(ACTIVE, "{\"set\": \"default\"}");

    JsonNode back = client.post(ACTIVE + "/rollback", "").json();
    assertThat(back.get("rollback").asBoolean()).isTrue();
    assertThat(back.at("/split/1/weight").asDouble()).isEqualTo(10);
    assertThat(client.get(ACTIVE).json().get("split").size()).isEqualTo(2);
    JsonNode further = client.post(ACTIVE + "/rollback", "").json();
    assertThat(further.get("set").asString()).isEqualTo("night");
    assertThat(further.has("split")).isFalse();
    assertThat(client.get(ACTIVE).json().has("split")).isFalse();
    JsonNode history = client.get(ACTIVE + "/history?limit=4").json().get("items");
    assertThat(history.get(1).get("split")).isEqualTo(history.get(3).get("split"));
    assertThat(history.get(3).at("/split/0/weight").asDouble()).isEqualTo(90);
  }

  @Test
  void deletesNoSetThatHasAShareBeItOfNothing() {
    client.put(ACTIVE, split(100, 0));
    StatisticsClient.Answer refused = client.delete(SETS + "night");
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.json().get("detail").asString()).contains("night@1", "share");
    assertThat(client.delete(SETS + "night/revisions/1").status()).isEqualTo(409);
  }

  @Test
  void takesBackWhatItSays() {
    client.put(ACTIVE, split(12.5, 87.5));
    JsonNode active = client.get(ACTIVE).json();
    assertThat(active.get("set").asString()).isEqualTo("night");
    StatisticsClient.Answer again = client.put(ACTIVE, "{\"split\": " + active.get("split") + "}");
    assertThat(again.json().get("split")).isEqualTo(active.get("split"));
    StatisticsClient.Answer byName =
        client.put(ACTIVE, "{\"split\": [{\"set\": \"night@1\", \"weight\": 100}]}");
    assertThat(byName.json().get("set").asString()).isEqualTo("night");
    assertThat(byName.json().has("split")).isFalse();
  }

  /** Beside the schema of the contract, which has no alternatives, an array alone is taken. */
  @Test
  void takesAnArrayForASplit() throws Exception {
    HttpResponse<String> taken =
        putUnchecked(
            " [{\"set\": \"default\", \"weight\": 90}, {\"set\": \"night\", \"weight\": 10}] ");
    assertThat(taken.statusCode()).as(taken.body()).isEqualTo(200);
    assertThat(client.get(ACTIVE).json().at("/split/0/weight").asDouble()).isEqualTo(90);
    assertThat(putUnchecked("[{\"set\": \"default\"}]").body())
        .contains("'split[0].weight' is missing");
    assertThat(putUnchecked("[").statusCode()).isEqualTo(400);
    assertThat(putUnchecked("").statusCode()).isEqualTo(400);
    assertThat(putUnchecked("[]}").statusCode()).isEqualTo(400);
  }

  private HttpResponse<String> putUnchecked(String body) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + ACTIVE))
              .PUT(BodyPublishers.ofString(body))
              .build(),
          BodyHandlers.ofString());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[{'set': 'default', 'weight': 90}, {'set': 'night', 'weight': 5}] | 400 | sum to 95",
        "[{'set': 'default', 'weight': 0.9}, {'set': 'night', 'weight': 0.1}] | 400 | sum to 1",
        "[{'set': 'default', 'weight': 50}, {'set': 'default@1', 'weight': 50}] | 400 | default@1"
            + " twice",
        "[{'set': 'default', 'weight': -10}, {'set': 'night', 'weight': 110}] | 400 | from 0 to"
            + " 100",
        "[{'set': 'default', 'weight': 'NaN'}] | 400 | from 0 to 100",
        "[{'set': 'default', 'weight': '100'}] | 400 | must be a number",
        "[] | 400 | max-split",
        "[{'set': 'a', 'weight': 25}, {'set': 'b', 'weight': 25}, {'set': 'c', 'weight': 25},"
            + " {'set': 'd', 'weight': 25}] | 400 | norma.running-statistics.max-split",
        "[{'set': 'default', 'weight': 50}, {'set': 'nihgt', 'weight': 50}] | 404 | night@1",
        "[{'set': 'default', 'weight': 50}, {'set': 'night@9', 'weight': 50}] | 404 | night@1",
        "[{'set': 'default', 'wieght': 100}] | 400 | did you mean 'weight'?",
        "[{'weight': 100}] | 400 | 'split[0].set' is missing",
        "[null] | 400 | 'split[0]",
        "[1] | 400 | 'split' must be an object",
        "{} | 400 | must be an array",
      })
  void refusesSplitsThatMakeNoSense(String split, int status, String expected) {
    StatisticsClient.Answer answer =
        client.put(ACTIVE, "{\"split\": " + split.replace('\'', '"') + "}");
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.json().get("detail").asString()).contains(expected);
    assertThat(client.get(ACTIVE).json().has("split")).isFalse();
  }

  @Test
  void refusesBothFormsAtOnceAndNeither() {
    StatisticsClient.Answer both =
        client.put(
            ACTIVE, "{\"set\": \"night\", \"split\": [{\"set\": \"default\", \"weight\": 100}]}");
    assertThat(both.status()).isEqualTo(400);
    assertThat(both.json().get("detail").asString())
        .contains("'set' has no meaning beside 'split'");
    StatisticsClient.Answer empty = client.put(ACTIVE, "{\"set\": \"night\", \"split\": []}");
    assertThat(empty.status()).as(empty.text()).isEqualTo(200);
    StatisticsClient.Answer neither = client.put(ACTIVE, "{}");
    assertThat(neither.status()).isEqualTo(400);
    assertThat(neither.json().get("detail").asString()).startsWith("'set' is missing");
  }

  @Test
  void refusesKeysThatAreNone() {
    for (Object key : new Object[] {"", "k".repeat(257), 7}) {
      StatisticsClient.Answer answer =
          client.post(INFER, Digits.request("seven.json", "routing_key", key));
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.json().get("error").asString()).contains("'routing_key'");
    }
    assertThat(used(client.post(INFER, Digits.request("seven.json"), KEY, "k".repeat(256))))
        .isEqualTo("default@1");
  }
}
