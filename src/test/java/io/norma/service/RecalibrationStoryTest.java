package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** The story of the README: drift, calibration, comparison, activation, rollback. */
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {"norma.drift.sample-rate=1", "norma.watch.budget=1"})
final class RecalibrationStoryTest {
  private static final String MODEL = "/v1/models/digits";

  @TempDir static Path directory;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> directory.toString());
  }

  @LocalServerPort int port;
  private StatisticsClient client = new StatisticsClient(0);

  @BeforeEach
  void awaitReady() {
    client = new StatisticsClient(port).awaitReady();
  }

  @Test
  void sixtyFourUnlabelledImagesBringTheAccuracyBack() {
    double clean = Digits.accuracy(client, "clean");
    double shifted = Digits.accuracy(client, "shifted");
    assertThat(clean).isGreaterThan(0.97);
    assertThat(shifted).isLessThan(0.5);

    JsonNode drift = awaitDrift();
    assertThat(drift.get("running_statistics").asString()).isEqualTo("default@1");
    assertThat(names(drift.get("layers"))).containsExactly("bn1", "bn2", "bn3", "bn4");

    StatisticsClient.Answer begun =
        client.post(MODEL + "/calibrations", "{\"set\": \"night\", \"minimum_samples\": 64}");
    assertThat(begun.status()).isEqualTo(201);
    String calibration = begun.header("Location");
    assertThat(client.post(calibration + "/publish", "{}").status()).isEqualTo(409);
    StatisticsClient.Answer progress =
        client.post(calibration + "/batches", Digits.request("shifted/calibration.json"));
    assertThat(progress.status()).isEqualTo(200);
    assertThat(progress.json().get("samples").asLong()).isEqualTo(64);
    assertThat(progress.json().get("warnings")).isEmpty();
    assertThat(Digits.accuracy(client, "shifted")).isEqualTo(shifted);

    StatisticsClient.Answer published =
        client.post(calibration + "/publish", "{\"source\": \"64 images of the night\"}");
    assertThat(published.json().get("published").asString()).isEqualTo("night@1");
    requireAsPyTorchHasIt(client.get(MODEL + "/running-statistics/night").json());

    String pair = MODEL + "/running-statistics/compare?from=default@1&to=night@1";
    JsonNode distances = client.get(pair).json().get("layers");
    assertThat(distances.get(0).get("symmetric_kl").asDouble()).isGreaterThan(0.1);
    JsonNode preview = client.post(pair, Digits.request("shifted/test-1.json")).json();
    assertThat(preview.get("outputs").get(0).get("changed_answers").asDouble()).isGreaterThan(0.5);

    String active = MODEL + "/active-running-statistics";
    assertThat(client.put(active, "{\"set\": \"night\"}").status()).isEqualTo(200);
    double recalibrated = Digits.accuracy(client, "shifted");
    assertThat(recalibrated).isGreaterThan(0.95);
    JsonNode answer =
        client.post("/v2/models/digits/infer", Digits.request("shifted/test-1.json")).json();
    assertThat(answer.get("parameters").get("running_statistics").asString()).isEqualTo("night@1");

    assertThat(client.post(active + "/rollback", "").json().get("set").asString())
        .isEqualTo("default");
    assertThat(Digits.accuracy(client, "clean")).isEqualTo(clean);
    assertThat(Digits.accuracy(client, "shifted")).isEqualTo(shifted);
    System.out.printf(
        "digits: clean %.1f %%, shifted %.1f %%, recalibrated %.1f %%%n",
        100 * clean, 100 * shifted, 100 * recalibrated);
  }

  /** Watching goes on beside the answers: wait until there is enough of it. */
  private JsonNode awaitDrift() {
    long end = System.nanoTime() + 30_000_000_000L;
    while (true) {
      JsonNode drift = client.get(MODEL + "/drift").json().get("running_statistics");
      if (!drift.isEmpty() && !drift.get(0).get("layers").isEmpty()) {
        assertThat(drift.get(0).get("samples").asLong()).isGreaterThanOrEqualTo(64);
        return drift.get(0);
      }
      assertThat(System.nanoTime()).as("no drift seen: %s", drift).isLessThan(end);
      String image = Digits.request("shifted/test-1.json");
      assertThat(client.post("/v2/models/digits/infer", image).status()).isEqualTo(200);
    }
  }

  private static void requireAsPyTorchHasIt(JsonNode revision) {
    JsonNode expected =
        StatisticsClient.JSON.readTree(Digits.request("shifted/running-statistics.json"));
    for (var layer : expected.get("layers").properties()) {
      for (String vector : new String[] {"mean", "variance"}) {
        JsonNode values = layer.getValue().get(vector);
        JsonNode actual = revision.get("layers").get(layer.getKey()).get(vector);
        assertThat(actual).hasSize(values.size());
        for (int c = 0; c < values.size(); c++) {
          double value = values.get(c).asDouble();
          assertThat(actual.get(c).asDouble())
              .as("%s.%s[%d]", layer.getKey(), vector, c)
              .isCloseTo(value, within(1e-5 * Math.max(1, Math.abs(value))));
        }
      }
    }
  }

  private static Iterable<String> names(JsonNode layers) {
    return StreamSupport.stream(layers.spliterator(), false)
        .map(layer -> layer.get("layer").asString())
        .toList();
  }
}
