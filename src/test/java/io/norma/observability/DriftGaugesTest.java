package io.norma.observability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.runningstatistics.DriftMonitor;
import io.norma.runningstatistics.DriftMonitor.Drift;
import io.norma.runningstatistics.DriftMonitor.LayerDrift;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** What the gauges say of drift, and that {@code docs/metrics.md} names every metric. */
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "norma.drift.sample-rate=1",
      "norma.watch.budget=1",
      "norma.drift.minimum-samples=64",
      "norma.following.models=digits",
      "norma.following.rows=32"
    })
final class DriftGaugesTest {
  private static final Pattern SAMPLE = Pattern.compile("(norma_\\w+?)(?:\\{(.*)})? [^ ]+");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");
  private static final Pattern PART = Pattern.compile("_(bucket|count|sum|max)$");

  @TempDir static Path directory;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> directory.toString());
  }

  @LocalServerPort int port;
  @Autowired ModelRepository repository;
  @Autowired DriftMonitor monitor;
  @Autowired DriftGauges gauges;
  @Autowired MeterRegistry registry;

  @Test
  void sayWhatTheMonitorSeesPerLayerAndClaimNothingBelowTheMinimum() throws Exception {
    awaitReady();
    ServedModel model = repository.get("digits", null);
    awaitSamples(model, "examples/digits/seven.json", 1);
    assertThat(seen(model).samples()).isLessThan(64);
    gauges.update();
    assertThat(registry.find("norma.drift.samples").gauge()).isNotNull();
    assertThat(registry.find("norma.drift.symmetric.kl").gauges()).isEmpty();

    awaitSamples(model, "examples/digits/shifted/test-1.json", 64);

    // Watching goes on beside the answers: they are alike once it has ended.
    await().untilAsserted(() -> requireGaugesAsTheMonitorHasThem(model));
    requireMetricsAsTheirPageHasThem();
  }

  private void requireGaugesAsTheMonitorHasThem(ServedModel model) {
    gauges.update();
    Drift drift = seen(model);
    assertThat(drift.layers()).hasSize(4);
    for (LayerDrift layer : drift.layers()) {
      assertThat(gauge("norma.drift.symmetric.kl", layer.layer()))
          .isEqualTo(layer.distance().symmetricKullbackLeibler());
      assertThat(gauge("norma.drift.mean.shift", layer.layer()))
          .isEqualTo(Math.abs(layer.distance().largestMeanShift()));
    }
  }

  private void requireMetricsAsTheirPageHasThem() throws IOException, InterruptedException {
    String batch =
        """
        {"input": {"shape": [2, 1], "datatype": "FP32", "data": [1, 2]}, "mode": "training",
         "running_mean": [0], "running_variance": [1]}\
        """;
    assertThat(post("/v1/normalizations/batch", batch)).isEqualTo(200);
    String split =
        "{\"split\": [{\"set\": \"default\", \"weight\": 90}, {\"set\": \"night\", \"weight\":"
            + " 10}]}";
    String night = Files.readString(Path.of("examples/digits/shifted/running-statistics.json"));
    assertThat(put("/v1/models/digits/running-statistics/night", night)).isEqualTo(201);
    assertThat(put("/v1/models/digits/active-running-statistics", split)).isEqualTo(200);
    awaitStepOfAFollowedClass();
    Map<String, Set<String>> exposed = new TreeMap<>();
    for (String line : get("/actuator/prometheus").lines().toList()) {
      var sample = SAMPLE.matcher(line);
      if (sample.matches()) {
        Set<String> labels = new TreeSet<>();
        if (sample.group(2) != null) {
          LABEL.matcher(sample.group(2)).results().forEach(label -> labels.add(label.group(1)));
        }
        labels.remove("le");
        exposed.put(PART.matcher(sample.group(1)).replaceFirst(""), labels);
      }
    }
    Map<String, Set<String>> told = new TreeMap<>();
    PageTable.secondColumn("metrics.md")
        .forEach((name, labels) -> {
          Set<String> names = new TreeSet<>(List.of(labels.split(", *")));
          names.remove("");
          told.put(name, names);
        });

    assertThat(told).isEqualTo(exposed);
  }

  private void awaitStepOfAFollowedClass() throws IOException, InterruptedException {
    String rows =
        Files.readString(Path.of("examples/digits/shifted/test-1.json"))
            .replaceFirst("\\{", "{\"parameters\": {\"traffic_class\": \"camera\"}, ");
    assertThat(post("/v2/models/digits/infer", rows)).isEqualTo(200);
    await().until(() -> !registry.find("norma.following.steps").counters().isEmpty());
  }

  private double gauge(String name, String layer) {
    Gauge gauge =
        registry
            .get(name)
            .tags("model", "digits", "version", "1", "running_statistics", "default@1")
            .tag("layer", layer)
            .gauge();
    return gauge.value();
  }

  private Drift seen(ServedModel model) {
    return monitor.of(model).getFirst();
  }

  /** Watching goes on beside the answers: asks until there is enough. */
  private void awaitSamples(ServedModel model, String file, long samples) throws IOException {
    String body = Files.readString(Path.of(file));
    await("enough was watched")
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          if (!monitor.of(model).isEmpty() && seen(model).samples() >= samples) {
            return true;
          }
          assertThat(post("/v2/models/digits/infer", body)).isEqualTo(200);
          return false;
        });
  }

  private void awaitReady() {
    await("ready")
        .atMost(Duration.ofMinutes(1))
        .until(() -> status(HttpRequest.newBuilder(uri("/v2/health/ready"))) == 200);
  }

  private int post(String path, String body) throws IOException, InterruptedException {
    return status(HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofString(body)));
  }

  private int put(String path, String body) throws IOException, InterruptedException {
    return status(
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(body)));
  }

  private static int status(HttpRequest.Builder request) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request.build(), BodyHandlers.ofString()).statusCode();
    }
  }

  private String get(String path) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString()).body();
    }
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }
}
