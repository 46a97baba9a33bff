package io.norma.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** What the dashboard, the alerts and the autoscaler ask for is what the running service tells. */
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {"norma.drift.sample-rate=1", "norma.watch.budget=1"})
class ChartMetricsTest {
  private static final Pattern METRIC = Pattern.compile("\\b(?:norma|jvm|process|http)_[a-z_]+");
  private static final Pattern LABELS =
      Pattern.compile("(?:by|on) \\(([a-z_, ]+)\\)|([a-z_]+)=~?\"");

  /** Labels that come from the Prometheus operator, or from the text format itself. */
  private static final Set<String> GIVEN = Set.of("namespace", "service", "pod", "le");

  private static final Pattern DRIFT =
      Pattern.compile("norma_drift_symmetric_kl_nats\\{[^}]*} > (\\S+)");
  private static final String MONITORING =
      "monitoring: {serviceMonitor: {enabled: true}, rules: {enabled: true},"
          + " dashboard: {enabled: true}}";

  @TempDir static Path directory;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> directory.toString());
  }

  @LocalServerPort private int port;

  @Test
  void everyMetricAndLabelThatIsAskedForExists() throws Exception {
    String night = Files.readString(Path.of("examples/digits/shifted/running-statistics.json"));
    assertThat(send("PUT", "/v1/models/digits/running-statistics/night", night)).isEqualTo(201);
    String split =
        "{\"split\": [{\"set\": \"default\", \"weight\": 100}, {\"set\": \"night\", \"weight\":"
            + " 0}]}";
    assertThat(send("PUT", "/v1/models/digits/active-running-statistics", split)).isEqualTo(200);
    // Drift is told once enough rows were watched, and the gauges follow within ten seconds.
    String exposition =
        await()
            .atMost(Duration.ofMinutes(1))
            .until(
                () -> {
                  infer("clean/test-1.json");
                  return get("/actuator/prometheus");
                },
                text -> text.contains("norma_drift_symmetric_kl_nats"));
    Set<String> told = metrics(exposition);
    Set<String> labels = labels(exposition);
    labels.addAll(GIVEN);

    assertThat(told).contains("norma_inference_in_flight", "process_cpu_usage");
    assertThat(told).containsAll(metrics(dashboard().toString()));
    assertThat(labels).containsAll(labels(queries()));
    assertThat(told).containsAll(metrics(alerts()));
    assertThat(labels).containsAll(labels(alerts()));
    ScaledObject scaled =
        Chart.only(
            ChartTest.POSTGRESQL + "autoscaling: {keda: {enabled: true}}", ScaledObject.class);
    assertThat(metrics(scaled.toString())).isNotEmpty().isSubsetOf(told);
    assertThat(labels).containsAll(labels(scaled.toString()));
  }

  @Test
  void theDriftAlertsThresholdLiesBetweenTheModelsOwnImagesAndAnotherSensors() throws Exception {
    Matcher alert = DRIFT.matcher(alerts());
    assertThat(alert.find()).isTrue();
    double threshold = Double.parseDouble(alert.group(1));

    assertThat(farthestLayer("clean/test-1.json", 0)).isLessThanOrEqualTo(threshold);
    assertThat(farthestLayer("shifted/test-1.json", threshold)).isGreaterThan(threshold);
  }

  /** The drift of the farthest layer, which must come to be above a limit within a minute. */
  private double farthestLayer(String file, double limit) {
    return await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () -> {
              infer(file);
              return farthestLayer();
            },
            farthest -> farthest > limit);
  }

  private double farthestLayer() throws Exception {
    double farthest = 0;
    JsonObject drift = JsonParser.parseString(get("/v1/models/digits/drift")).getAsJsonObject();
    for (JsonElement seen : drift.getAsJsonArray("running_statistics")) {
      for (JsonElement layer : seen.getAsJsonObject().getAsJsonArray("layers")) {
        farthest = Math.max(farthest, layer.getAsJsonObject().get("symmetric_kl").getAsDouble());
      }
    }
    return farthest;
  }

  private void infer(String file) throws Exception {
    assertThat(
            post(
                "/v2/models/digits/infer",
                Files.readString(Path.of("examples/digits").resolve(file))))
        .isEqualTo(200);
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
        Chart.only(
            "monitoring: {rules: {enabled: true, errorShare: 0.25, driftNats: 0.75,"
                + " driftSamples: 500, agreementShare: 0.625, agreementRows: 700}}",
            PrometheusRule.class);
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
        .anySatisfy(alert -> assertThat(alert.expr()).contains("> 0.25"))
        .anySatisfy(alert -> assertThat(alert.expr()).contains("> 0.75", ">= 500"))
        .anySatisfy(alert -> assertThat(alert.expr()).contains("< 0.625", ">= 700"));
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

  /** The queries of all panels, one per line. */
  private static String queries() throws IOException {
    StringBuilder queries = new StringBuilder();
    for (JsonElement panel : dashboard().getAsJsonArray("panels")) {
      for (JsonElement target : panel.getAsJsonObject().getAsJsonArray("targets")) {
        queries.append(target.getAsJsonObject().get("expr").getAsString()).append('\n');
      }
    }
    return queries.toString();
  }

  private static Set<String> labels(String text) {
    Set<String> names = new HashSet<>();
    LABELS
        .matcher(text)
        .results()
        .forEach(match -> {
          String found = match.group(1) == null ? match.group(2) : match.group(1);
          names.addAll(List.of(found.split(", *")));
        });
    return names;
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
    return send("POST", path, body);
  }

  private int send(String method, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request, BodyHandlers.ofString()).statusCode();
    }
  }

  private URI uri(String path) {
    return URI.create("http://localhost:" + port + path);
  }
}
