package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** What a calibration says of the order in which the 386 held-back digits come. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
final class CalibrationGuardTest {
  private static final String CALIBRATIONS = "/v1/models/digits/calibrations";
  private static final int SHUFFLES = 5;

  @TempDir static Path directory;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> directory.toString());
  }

  @LocalServerPort int port;
  private StatisticsClient client = new StatisticsClient(0);

  private record Image(int label, String pixels) {}

  /**
   * @param variation the largest of the layers'
   */
  private record Verdict(double variation, List<String> warnings) {}

  @BeforeEach
  void awaitReady() {
    client = new StatisticsClient(port).awaitReady();
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 16, 32, 56})
  void warnsOfDigitsSortedByClass(int batch) {
    List<Image> sorted = new ArrayList<>(images());
    sorted.sort(Comparator.comparingInt(Image::label));

    Verdict verdict = calibrate(sorted, batch);

    // docs/running-statistics.md tells these bounds.
    assertThat(Math.round(verdict.variation())).isBetween(14L, 19L);
    assertThat(verdict.warnings()).hasSize(1);
    assertThat(verdict.warnings().getFirst()).contains("may be biased", "shuffle");
    System.out.printf("sorted by class, batches of %d: %.1f%n", batch, verdict.variation());
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 16, 32, 56})
  void isSilentOnDigitsInRandomOrder(int batch) {
    double largest = 0;
    for (int seed = 0; seed < SHUFFLES; seed++) {
      List<Image> shuffled = new ArrayList<>(images());
      Collections.shuffle(shuffled, new Random(seed));
      Verdict verdict = calibrate(shuffled, batch);
      assertThat(verdict.warnings()).isEmpty();
      largest = Math.max(largest, verdict.variation());
    }
    System.out.printf("in random order, batches of %d: at most %.2f%n", batch, largest);
  }

  @Test
  void cannotSeeThatClassesAreMissing() {
    List<Image> three =
        new ArrayList<>(images().stream().filter(image -> image.label() < 3).toList());
    Collections.shuffle(three, new Random(1));

    assertThat(calibrate(three, 16).warnings()).isEmpty();
  }

  private Verdict calibrate(List<Image> images, int batch) {
    String calibration = client.post(CALIBRATIONS, "{\"set\": \"guarded\"}").header("Location");
    JsonNode progress = client.get(calibration).json();
    for (int from = 0; from < images.size(); from += batch) {
      List<Image> some = images.subList(from, Math.min(images.size(), from + batch));
      StatisticsClient.Answer added = client.post(calibration + "/batches", request(some));
      assertThat(added.status()).as(added.text()).isEqualTo(200);
      progress = added.json();
    }
    assertThat(progress.get("samples").asInt()).isEqualTo(images.size());
    assertThat(client.delete(calibration).status()).isEqualTo(204);
    double variation = 0;
    for (JsonNode layer : progress.get("layers")) {
      variation = Math.max(variation, layer.get("run_variation").asDouble());
    }
    List<String> warnings = new ArrayList<>();
    progress.get("warnings").forEach(warning -> warnings.add(warning.asString()));
    return new Verdict(variation, warnings);
  }

  private static String request(List<Image> images) {
    return "{\"inputs\": [{\"name\": \"image\", \"shape\": [%d, 1, 8, 8], \"datatype\": \"FP32\", \"data\": [%s]}]}"
        .formatted(images.size(), String.join(",", images.stream().map(Image::pixels).toList()));
  }

  private static List<Image> images() {
    List<Image> images = new ArrayList<>();
    JsonNode labels = StatisticsClient.JSON.readTree(Digits.request("clean/labels.json"));
    for (var file : labels.properties()) {
      JsonNode data =
          StatisticsClient.JSON
              .readTree(Digits.request("clean/" + file.getKey()))
              .at("/inputs/0/data");
      for (int row = 0; row < file.getValue().size(); row++) {
        List<String> pixels = new ArrayList<>();
        for (int i = 64 * row; i < 64 * row + 64; i++) {
          pixels.add(data.get(i).toString());
        }
        images.add(new Image(file.getValue().get(row).asInt(), String.join(",", pixels)));
      }
    }
    assertThat(images).hasSize(386);
    return images;
  }
}
