package io.norma.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.NormaApplication;
import io.norma.store.TestDatabase;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** Two services on one database. */
final class ReplicaTest {
  private static final String MODEL = "/v1/models/digits";
  private static final String INFER = "/v2/models/digits/infer";

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void oneServesWhatTheOtherActivates(TestDatabase database) throws Exception {
    String url = database.url(directory);
    try (ConfigurableApplicationContext first = start(url);
        ConfigurableApplicationContext second = start(url)) {
      StatisticsClient here = client(first).awaitReady();
      StatisticsClient there = client(second).awaitReady();
      String calibration =
          here.post(MODEL + "/calibrations", "{\"set\": \"night\"}").header("Location");
      CompletableFuture<List<String>> events = follow(second, calibration + "/events");
      assertThat(
              here.post(calibration + "/batches", Digits.request("shifted/calibration.json"))
                  .status())
          .isEqualTo(200);
      // Long enough for the one that follows to see the batch before the end.
      Thread.sleep(600);
      assertThat(
              there.post(calibration + "/publish", "{\"activate\": true}").json().get("published"))
          .hasToString("\"night@1\"");

      awaitUse(here, "night@1");
      assertThat(here.post(MODEL + "/active-running-statistics/rollback", "").status())
          .isEqualTo(200);
      awaitUse(there, "default@1");
      assertThat(events.get(10, TimeUnit.SECONDS))
          .containsSubsequence("event:progress", "id:1", "event:progress", "event:published");
    }
  }

  @ParameterizedTest
  @EnumSource
  void tellsThoseWhoFollowThatACalibrationIsDeleted(TestDatabase database) throws Exception {
    try (ConfigurableApplicationContext service = start(database.url(directory))) {
      StatisticsClient client = client(service).awaitReady();
      String calibration =
          client.post(MODEL + "/calibrations", "{\"set\": \"night\"}").header("Location");
      CompletableFuture<List<String>> events = follow(service, calibration + "/events");
      assertThat(client.delete(calibration).status()).isEqualTo(204);

      assertThat(events.get(10, TimeUnit.SECONDS)).contains("event:deleted");
    }
  }

  /** The settings let no replica look less often than twice a second. */
  private static void awaitUse(StatisticsClient client, String name) throws InterruptedException {
    long start = System.nanoTime();
    String used = "";
    while (!used.equals(name) && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(10)) {
      Thread.sleep(5);
      used =
          client
              .post(INFER, Digits.request("seven.json"))
              .json()
              .get("parameters")
              .get("running_statistics")
              .asString();
    }
    assertThat(used).isEqualTo(name);
    System.out.printf(
        "the other replica used %s after %d ms%n",
        name, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
  }

  /** The lines of a stream of events that has begun, once it has ended. */
  private static CompletableFuture<List<String>> follow(
      ConfigurableApplicationContext service, String path)
      throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url(service) + path)).build();
    HttpResponse<Stream<String>> response =
        HttpClient.newHttpClient().send(request, BodyHandlers.ofLines());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/event-stream");
    return CompletableFuture.supplyAsync(() -> {
      try (Stream<String> lines = response.body()) {
        return lines.toList();
      }
    });
  }

  private ConfigurableApplicationContext start(String url) {
    return new SpringApplicationBuilder(NormaApplication.class)
        .run(
            "--server.port=0",
            "--norma.data-directory=" + directory,
            "--spring.datasource.url=" + url);
  }

  private static StatisticsClient client(ConfigurableApplicationContext service) {
    return new StatisticsClient(port(service));
  }

  private static String url(ConfigurableApplicationContext service) {
    return "http://127.0.0.1:" + port(service);
  }

  private static int port(ConfigurableApplicationContext service) {
    return service.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
  }
}
