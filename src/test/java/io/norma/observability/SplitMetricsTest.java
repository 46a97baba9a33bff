package io.norma.observability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.norma.service.Digits;
import io.norma.service.StatisticsClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/**
 * What the metrics tell of revisions that share the requests, on the page that Prometheus reads.
 */
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "norma.running-statistics.agreement-sample-rate=1",
      "norma.watch.budget=1",
      "norma.drift.sample-rate=0",
      "norma.metrics.max-running-statistics=2"
    })
final class SplitMetricsTest {
  private static final String ACTIVE = "/v1/models/digits/active-running-statistics";
  private static final String INFER = "/v2/models/digits/infer";
  private static final String IMAGE = "shifted/test-1.json";

  /** With the points 0.39 and 0.67, as {@code TrafficSplitTest} has them. */
  private static final String[] LOWER = {"X-Routing-Key", "user-2"};

  private static final String[] UPPER = {"X-Routing-Key", "user-1"};

  @TempDir static Path directory;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> directory.toString());
  }

  @LocalServerPort int port;
  private StatisticsClient client = new StatisticsClient(0);

  @BeforeEach
  void begin() {
    client = new StatisticsClient(port).awaitReady();
    for (String set : new String[] {"night", "dusk"}) {
      client.put(
          "/v1/models/digits/running-statistics/" + set,
          Digits.request("shifted/running-statistics.json"),
          "If-None-Match",
          "*");
    }
  }

  @AfterEach
  void activateWhatCameWithTheModel() {
    activate("{\"set\": \"default@1\"}");
  }

  private void activate(String body) {
    StatisticsClient.Answer answer = client.put(ACTIVE, body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  private void split(String first, String second) {
    activate(
        "{\"split\": [{\"set\": \"%s\", \"weight\": 60}, {\"set\": \"%s\", \"weight\": 40}]}"
            .formatted(first, second));
  }

  /** Values of a metric by the label of its running statistics, and that of the outcome if any. */
  private Map<String, Double> told(String metric) {
    Map<String, Double> values = new TreeMap<>();
    Pattern.compile("(?m)^" + metric + "\\{(.*)} (\\S+)$")
        .matcher(client.get("/actuator/prometheus").text())
        .results()
        .forEach(line -> {
          String labels = line.group(1);
          assertThat(labels).contains("model=\"digits\"", "version=\"1\"");
          String key =
              labels.replaceAll(".*running_statistics=\"([^\"]*)\".*", "$1")
                  + (labels.contains("outcome")
                      ? " " + labels.replaceAll(".*outcome=\"([^\"]*)\".*", "$1")
                      : "");
          values.put(key, Double.parseDouble(line.group(2)));
        });
    return values;
  }

  private void infer(int status, String request, String... headers) {
    StatisticsClient.Answer answer = client.post(INFER, request, headers);
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
  }

  @Test
  void countRequestsBySetAndForgetTheSetThatWasActiveLongestAgo() {
    split("default", "night");
    Map<String, Double> before = told("norma_inference_request_seconds_count");
    Map<String, Double> rowsBefore = told("norma_inference_rows_total");
    String seven = Digits.request("seven.json");
    for (int i = 0; i < 3; i++) {
      infer(200, seven, LOWER);
    }
    infer(200, seven, UPPER);
    infer(200, Digits.request("seven.json", "running_statistics", "night"));
    infer(200, Digits.request("seven.json", "running_statistics", "dusk"));
    infer(200, Digits.request(IMAGE, "normalization", "batch"));
    infer(404, Digits.request("seven.json", "running_statistics", "none-such"));

    Map<String, Double> after = told("norma_inference_request_seconds_count");
    before.forEach((key, value) -> after.merge(key, -value, Double::sum));
    after.values().removeIf(value -> value == 0);
    assertThat(after)
        .isEqualTo(
            Map.of(
                "default@1 success", 3.0,
                "night@1 success", 2.0,
                "other success", 1.0,
                "none success", 1.0,
                "none invalid", 1.0));
    Map<String, Double> rows = told("norma_inference_rows_total");
    rowsBefore.forEach((key, value) -> rows.merge(key, -value, Double::sum));
    assertThat(rows).containsEntry("default@1", 3.0).containsEntry("night@1", 2.0);

    activate("{\"set\": \"dusk\"}");
    infer(200, seven);
    infer(200, Digits.request("seven.json", "running_statistics", "default"));
    // Of two that are told apart, the one that went last stays: its last counts are to be seen.
    assertThat(told("norma_inference_request_seconds_count"))
        .containsKeys("dusk@1 success", "night@1 success", "other success")
        .doesNotContainKey("default@1 success");
    assertThat(told("norma_inference_rows_total"))
        .containsKeys("dusk@1", "night@1", "other")
        .doesNotContainKey("default@1");
  }

  @Test
  void sayHowFarTheOthersAgreeWithTheActiveOne() {
    JsonNode imported = outputs("default");
    JsonNode night = outputs("night");
    split("default", "night");
    assertThat(client.get(ACTIVE).json().at("/agreement/0").toString())
        .isEqualTo(
            "{\"running_statistics\":\"default@1\",\"other\":\"night@1\",\"rows\":0,"
                + "\"same_answers\":0}");
    int rows = imported.at("/outputs/0/shape/0").asInt();
    // Answers of either set are compared with the other's.
    for (String[] key : new String[][] {LOWER, UPPER}) {
      long seen = agreement().get("rows").asLong();
      await("compared")
          .atMost(Duration.ofMinutes(1))
          .until(() -> {
            infer(200, Digits.request(IMAGE), key);
            return agreement().get("rows").asLong() > seen;
          });
    }

    JsonNode agreement = agreement();
    double compared = agreement.get("rows").asDouble();
    assertThat(compared % rows).isZero();
    assertThat(agreement.get("same_answers").asDouble() / compared)
        .isCloseTo(sameAnswers(imported, night, rows), within(1e-9));
    assertThat(agreement.get("mean_absolute_difference").asDouble())
        .isCloseTo(meanDifference(imported, night), within(1e-6));
    await()
        .untilAsserted(() -> {
          JsonNode now = agreement();
          assertThat(told("norma_split_agreement_rows_total"))
              .isEqualTo(Map.of("default@1", now.get("rows").asDouble()));
          assertThat(told("norma_split_agreement_same_answers_total"))
              .isEqualTo(Map.of("default@1", now.get("same_answers").asDouble()));
          assertThat(told("norma_split_agreement_absolute_difference_total").get("default@1"))
              .isCloseTo(
                  now.get("mean_absolute_difference").asDouble() * now.get("rows").asDouble(),
                  within(1e-6));
        });

    client.post(ACTIVE + "/rollback", "");
    assertThat(client.get(ACTIVE).json().has("agreement")).isFalse();
    assertThat(client.get("/actuator/prometheus").text()).doesNotContain("norma_split_agreement");
  }

  @Test
  void comparesASetThatAnswersNothing() {
    activate(
        "{\"split\": [{\"set\": \"night\", \"weight\": 100}, {\"set\": \"dusk\", \"weight\": 0}]}");
    await("compared")
        .atMost(Duration.ofMinutes(1))
        .until(() -> {
          infer(200, Digits.request(IMAGE));
          return agreement().get("rows").asLong() > 0;
        });
    // The same numbers under another name: the same bits.
    assertThat(agreement().get("same_answers")).isEqualTo(agreement().get("rows"));
    assertThat(agreement().get("mean_absolute_difference").asDouble()).isZero();
  }

  private JsonNode agreement() {
    return client.get(ACTIVE).json().at("/agreement/0");
  }

  private JsonNode outputs(String set) {
    return client.post(INFER, Digits.request(IMAGE, "running_statistics", set)).json();
  }

  private static double sameAnswers(JsonNode one, JsonNode other, int rows) {
    int same = 0;
    for (int row = 0; row < rows; row++) {
      boolean all = true;
      for (int i = 0; i < one.get("outputs").size(); i++) {
        all &= largest(one, i, row) == largest(other, i, row);
      }
      same += all ? 1 : 0;
    }
    return same / (double) rows;
  }

  private static int largest(JsonNode answer, int output, int row) {
    JsonNode data = answer.at("/outputs/" + output + "/data");
    int length = answer.at("/outputs/" + output + "/shape/1").asInt();
    int largest = 0;
    for (int k = 1; k < length; k++) {
      largest =
          data.get(row * length + k).asDouble() > data.get(row * length + largest).asDouble()
              ? k
              : largest;
    }
    return largest;
  }

  private static double meanDifference(JsonNode one, JsonNode other) {
    double sum = 0;
    int elements = 0;
    for (int i = 0; i < one.get("outputs").size(); i++) {
      JsonNode data = one.at("/outputs/" + i + "/data");
      for (int k = 0; k < data.size(); k++) {
        sum +=
            Math.abs(
                data.get(k).asDouble() - other.at("/outputs/" + i + "/data").get(k).asDouble());
      }
      elements += data.size();
    }
    return sum / elements;
  }
}
