package io.norma.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** What the dashboard, the alerts and the autoscaler ask for is what the running service tells. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class ChartMetricsTest {
  private static final Pattern METRIC = Pattern.compile("\\b(?:norma|jvm|process|http)_[a-z_]+");
  private static final String MONITORING =
      "monitoring: {serviceMonitor: {enabled: true}, rules: {enabled: true},"
          + " dashboard: {enabled: true}}";

  @LocalServerPort private int port;

  @Test
  void everyMetricThatIsAskedForExists() throws Exception {
    assertThat(
            post(
                "/v2/models/digits/infer", Files.readString(Path.of("examples/digits/seven.json"))))
        .isEqualTo(200);
    Set<String> told = metrics(get("/actuator/prometheus"));

    assertThat(told).contains("norma_inference_in_flight", "process_cpu_usage");
    assertThat(told).containsAll(metrics(dashboard().toString()));
    assertThat(told).containsAll(metrics(alerts()));
    ScaledObject scaled =
        Chart.only(
            ChartTest.POSTGRESQL + "autoscaling: {keda: {enabled: true}}", ScaledObject.class);
    assertThat(metrics(scaled.toString())).isNotEmpty().isSubsetOf(told);
  }

  @Test
  void theDashboardsPanelsHaveTitlesQueriesAndPlacesOfTheirOwn() throws IOException {
    List<JsonObject> panels = new ArrayList<>();
    dashboard().getAsJsonArray("panels").forEach(panel -> panels.add(panel.getAsJsonObject()));
    assertThat(panels).isNotEmpty();
    assertThat(panels).extracting(panel -> panel.get("id")).doesNotHaveDuplicates();
    assertThat(panels).extracting(panel -> panel.get("gridPos")).doesNotHaveDuplicates();
    assertThat(panels)
        .allSatisfy(panel -> {
          assertThat(panel.get("title").getAsString()).isNotBlank();
          JsonArray targets = panel.getAsJsonArray("targets");
          assertThat(targets).isNotEmpty();
          for (JsonElement target : targets) {
            String query = target.getAsJsonObject().get("expr").getAsString();
            assertThat(metrics(query)).isNotEmpty();
            assertThat(query).satisfies(ChartMetricsTest::isBalanced);
          }
        });
  }

  @Test
  void alertsNameTheirThresholdsAndWhatToDo() {
    PrometheusRule rule =
        Chart.only("monitoring: {rules: {enabled: true, errorShare: 0.25}}", PrometheusRule.class);
    assertThat(rule.spec().groups().getFirst().rules())
        .isNotEmpty()
        .allSatisfy(alert -> {
          assertThat(alert.expr()).satisfies(ChartMetricsTest::isBalanced);
          assertThat(alert.expr())
              .contains("namespace=\"reading\"", "service=\"letters\"")
              .doesNotContain("{{");
          assertThat(alert.duration()).isNotBlank();
          assertThat(alert.labels()).containsKey("severity");
          assertThat(alert.annotations()).containsKeys("summary", "description");
        })
        .anySatisfy(alert -> assertThat(alert.expr()).contains("> 0.25"));
  }

  private static void isBalanced(String query) {
    for (String pair : List.of("()", "{}", "[]")) {
      assertThat(query.chars().filter(c -> c == pair.charAt(0)).count())
          .as("%s in %s", pair, query)
          .isEqualTo(query.chars().filter(c -> c == pair.charAt(1)).count());
    }
  }

  private static JsonObject dashboard() throws IOException {
    return JsonParser.parseString(
            Files.readString(Chart.DIRECTORY.resolve("dashboards/norma.json")))
        .getAsJsonObject();
  }

  private static String alerts() {
    return Chart.only(MONITORING, PrometheusRule.class).toString();
  }

  private static Set<String> metrics(String text) {
    Set<String> names = new HashSet<>();
    METRIC.matcher(text).results().forEach(match -> names.add(match.group()));
    return names;
  }

  private String get(String path) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString()).body();
    }
  }

  private int post(String path, String body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body)).build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request, BodyHandlers.ofString()).statusCode();
    }
  }

  private URI uri(String path) {
    return URI.create("http://localhost:" + port + path);
  }
}
