package io.norma.observability;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.norma.NormaApplication;
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
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** Which running statistics two replicas say are active. */
final class ActiveStatisticsGaugesTest {
  private static final String ACTIVE = "/v1/models/digits/active-running-statistics";

  @TempDir Path directory;

  @Test
  void nameWhatIsActiveFromTheStartOnAndFollowEachReplicasActivations() throws Exception {
    String url =
        "--spring.datasource.url=jdbc:h2:file:" + directory.resolve("norma") + ";AUTO_SERVER=TRUE";
    try (ConfigurableApplicationContext here = start(url, "here");
        ConfigurableApplicationContext there = start(url, "there")) {
      await(here, "1 digits/1 default@1");
      await(there, "1 digits/1 default@1");
      send(
          here,
          "PUT",
          "/v1/models/digits/running-statistics/night",
          Files.readString(Path.of("examples/digits/shifted/running-statistics.json")));

      send(here, "PUT", ACTIVE, "{\"set\": \"night\"}");
      assertThat(gauges(here)).containsExactly("1 digits/1 night@1");
      await(there, "1 digits/1 night@1");
      send(there, "POST", ACTIVE + "/rollback", "");
      assertThat(gauges(there)).containsExactly("1 digits/1 default@1");
      await(here, "1 digits/1 default@1");

      send(
          here,
          "PUT",
          ACTIVE,
          "{\"split\": [{\"set\": \"default\", \"weight\": 75}, {\"set\": \"night\", \"weight\":"
              + " 25}]}");
      assertThat(gauges(here))
          .containsExactlyInAnyOrder("0.75 digits/1 default@1", "0.25 digits/1 night@1");
      send(here, "POST", ACTIVE + "/rollback", "");

      send(here, "POST", "/v2/repository/models/digits/unload", "");
      assertThat(gauges(here)).isEmpty();
      send(here, "POST", "/v2/repository/models/digits/load", "");
      assertThat(gauges(here)).containsExactly("1 digits/1 default@1");
    }
  }

  private ConfigurableApplicationContext start(String url, String name) {
    return new SpringApplicationBuilder(NormaApplication.class)
        .run("--server.port=0", url, "--norma.data-directory=" + directory.resolve(name));
  }

  private static List<String> gauges(ConfigurableApplicationContext service) {
    return service
        .getBean(MeterRegistry.class)
        .find("norma.active.running.statistics")
        .gauges()
        .stream()
        .map(ActiveStatisticsGaugesTest::text)
        .toList();
  }

  private static String text(Gauge gauge) {
    return "%s %s/%s %s"
        .formatted(
            String.valueOf(gauge.value()).replaceFirst("\\.0$", ""),
            gauge.getId().getTag("model"),
            gauge.getId().getTag("version"),
            gauge.getId().getTag("running_statistics"));
  }

  private static void await(ConfigurableApplicationContext service, String expected) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(gauges(service)).containsExactly(expected));
  }

  private static void send(
      ConfigurableApplicationContext service, String method, String path, String body)
      throws IOException, InterruptedException {
    String port = service.getEnvironment().getRequiredProperty("local.server.port");
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(body))
            .build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isBetween(200, 204);
    }
  }
}
