package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What the service says of itself: health, metadata, configuration, counts, metrics. */
final class ServerTest extends ServiceTest {
  private static final String DIGITS = "model=\"digits\"";

  @Test
  void livesAndIsReady() {
    assertThat(client.get("/v2/health/live").status()).isEqualTo(200);
    assertThat(client.get("/v2/health/ready").status()).isEqualTo(200);
    assertThat(client.get("/v2/models/digits/ready").status()).isEqualTo(200);
    assertThat(client.get("/actuator/health/liveness").status()).isEqualTo(200);
    assertThat(client.get("/actuator/health/readiness").text()).contains("\"digits/1\":\"ready\"");
  }

  @Test
  void namesItselfAndItsExtensions() {
    JsonNode metadata = client.get("/v2").json();
    assertThat(metadata.path("name").asString()).isEqualTo("norma");
    assertThat(metadata.path("extensions").toString()).contains("statistics", "binary_tensor_data");
  }

  @Test
  void namesTheVersionAndTheCommitThatItWasBuiltFrom() {
    JsonNode information = client.get("/actuator/info").json();
    String pom = new String(bytes(Path.of("pom.xml")), StandardCharsets.UTF_8);
    String version = information.at("/build/version").asString();
    assertThat(pom)
        .contains("<artifactId>norma</artifactId>\n  <version>" + version + "</version>");
    // Sources that came without their repository know no commit, nor do linked worktrees.
    if (Files.exists(Path.of(".git/HEAD"))) {
      assertThat(information.at("/git/commit/id").asString()).matches("[0-9a-f]{12,40}");
    } else {
      assertThat(information.has("git")).isFalse();
    }
  }

  @Test
  void describesAModelToTheV2Protocol() {
    assertThat(client.get("/v2/models/digits").json().path("inputs").toString())
        .isEqualTo("[{\"name\":\"image\",\"datatype\":\"FP32\",\"shape\":[-1,1,8,8]}]");
    assertThat(client.get("/v2/models/digits/versions/1").status()).isEqualTo(200);
    JsonNode configuration = client.get("/v2/models/digits/config").json();
    assertThat(configuration.path("max_batch_size").asInt()).isEqualTo(100);
    assertThat(configuration.path("input").toString())
        .isEqualTo("[{\"name\":\"image\",\"data_type\":\"TYPE_FP32\",\"dims\":[1,8,8]}]");
    assertThat(client.get("/v2/models/digits/versions/1/config").json()).isEqualTo(configuration);
  }

  @Test
  void countsInferencesInStatisticsAndMetricsAlike() {
    JsonNode before = statistics();
    double rowsBefore = metric("norma_inference_rows_total", DIGITS);
    for (int i = 0; i < 3; i++) {
      client.post("/v2/models/digits/infer", example("three.json"), Map.of());
    }
    client.post("/v2/models/digits/infer", "{}");
    JsonNode after = statistics();
    for (String part :
        new String[] {"success", "compute_infer", "compute_input", "compute_output"}) {
      String count = "/inference_stats/" + part + "/count";
      assertThat(after.at(count).asLong() - before.at(count).asLong()).as(part).isEqualTo(3);
    }
    assertThat(after.at("/inference_stats/fail/count").asLong())
        .isEqualTo(before.at("/inference_stats/fail/count").asLong() + 1);
    assertThat(after.at("/inference_stats/compute_infer/ns").asLong())
        .isPositive()
        .isLessThan(after.at("/inference_stats/success/ns").asLong());
    assertThat(metric("norma_inference_rows_total", DIGITS) - rowsBefore).isEqualTo(3.0);
    assertThat(metric("norma_inference_request_seconds_count", DIGITS, "outcome=\"success\""))
        .isEqualTo(after.at("/inference_stats/success/count").asDouble());
    assertThat(metric("norma_inference_in_flight")).isZero();
    assertThat(client.get("/v2/models/stats").text()).contains("\"digits\"");
    assertThat(client.get("/v2/models/digits/versions/1/stats").status()).isEqualTo(200);
  }

  private JsonNode statistics() {
    return client.get("/v2/models/digits/stats").json().at("/model_stats/0");
  }

  /** The sum over the sets of running statistics that a metric tells apart. */
  private double metric(String name, String... labels) {
    return client
        .get("/actuator/prometheus")
        .text()
        .lines()
        .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
        .filter(line -> Stream.of(labels).allMatch(line::contains))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Test
  void handsOutTheContract() {
    assertThat(client.get("/openapi.yaml").text())
        .isEqualTo(new String(bytes(Path.of("openapi/norma.yaml")), StandardCharsets.UTF_8));
  }

  @Test
  void showsTheContractOnAPageThatLoadsNothingFromElsewhere() {
    String page = client.get("/docs").text();
    List<String> addresses =
        Pattern.compile("(?:src|href|url)(?:=|: )\"([^\"]*)\"")
            .matcher(page)
            .results()
            .map(match -> match.group(1))
            .toList();
    assertThat(addresses).hasSize(4).contains("docs/contract.js");
    assertThat(client.get("/docs/contract.js").text()).contains("url: \"openapi.yaml\"");
    assertThat(addresses)
        .allSatisfy(address -> {
          assertThat(address).doesNotStartWith("/").doesNotContain(":");
          assertThat(client.get("/" + address).status()).isEqualTo(200);
        });
  }
}
