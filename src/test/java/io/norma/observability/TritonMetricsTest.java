package io.norma.observability;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.service.Digits;
import io.norma.service.StatisticsClient;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** What stands on the page that Prometheus reads, under Triton's names. */
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = "norma.metrics.triton-names=true")
final class TritonMetricsTest {
  @TempDir static Path directory;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> directory.toString());
  }

  @LocalServerPort int port;

  @Test
  void areTheCountsOfTheStatisticsExtensionWithNoEndings() {
    StatisticsClient client = new StatisticsClient(port).awaitReady();
    String infer = "/v2/models/digits/infer";
    assertThat(client.post(infer, Digits.request("seven.json")).status()).isEqualTo(200);
    assertThat(client.post(infer, Digits.request("clean/test-1.json")).status()).isEqualTo(200);
    assertThat(client.post(infer, "{\"inputs\": []}").status()).isEqualTo(400);

    Map<String, Long> told = told(client.get("/actuator/prometheus").text());
    JsonNode counts = client.get("/v2/models/digits/stats").json().at("/model_stats/0");
    Map<String, Long> expected = new TreeMap<>();
    expected.put("nv_inference_request_success", 2L);
    expected.put("nv_inference_request_failure", 1L);
    expected.put("nv_inference_count", counts.get("inference_count").asLong());
    expected.put("nv_inference_exec_count", counts.get("execution_count").asLong());
    Map.of(
            "request", "success",
            "queue", "queue",
            "compute_input", "compute_input",
            "compute_infer", "compute_infer",
            "compute_output", "compute_output")
        .forEach((part, field) ->
            expected.put(
                "nv_inference_" + part + "_duration_us",
                counts.at("/inference_stats/" + field + "/ns").asLong() / 1000));
    assertThat(told).isEqualTo(expected);
    assertThat(told.get("nv_inference_count")).isGreaterThan(2);
    assertThat(told.values()).allSatisfy(value -> assertThat(value).isPositive());
    assertThat(told(client.get("/actuator/prometheus?includedNames=nv_inference_count").text()))
        .containsOnlyKeys("nv_inference_count");

    assertThat(client.post("/v2/repository/models/digits/unload", "").status()).isEqualTo(200);
    assertThat(told(client.get("/actuator/prometheus").text())).isEmpty();
  }

  private static Map<String, Long> told(String page) {
    Map<String, Long> told = new TreeMap<>();
    Pattern.compile("(?m)^(nv_\\w+)\\{model=\"digits\",version=\"1\"} (\\S+)$")
        .matcher(page)
        .results()
        .forEach(line -> told.put(line.group(1), (long) Double.parseDouble(line.group(2))));
    return told;
  }
}
