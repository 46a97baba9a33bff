package io.norma.runningstatistics.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.service.Digits;
import io.norma.service.StatisticsClient;
import io.norma.service.StatisticsClient.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What is told of calibrations on rows that are known to be good, and to be bad. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
final class CertificateTest {
  private static final String MODEL = "/v1/models/digits/";
  private static final String CALIBRATIONS = MODEL + "calibrations";
  private static final String GOOD = "shifted/calibration.json";
  private static final int PIXELS = 64;

  @TempDir static Path directory;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> directory.toString());
  }

  @LocalServerPort int port;
  private StatisticsClient client = new StatisticsClient(0);
  private final String set = "set-" + UUID.randomUUID();

  @BeforeEach
  void awaitReady() {
    client = new StatisticsClient(port).awaitReady();
  }

  @Test
  void isGoodForRowsOfAllClassesAndOneDomain() {
    String calibration = begin();
    JsonNode certificate = add(calibration, Digits.request(GOOD));
    assertThat(certificate.get("verdict").asString()).as(certificate.toString()).isEqualTo("good");
    assertThat(certificate.get("reasons")).isEmpty();
    assertThat(certificate.get("samples").asLong()).isEqualTo(64);
    assertThat(certificate.get("source").asString()).isEqualTo("default@1");
    // bn1 is before 8×8 pixels, bn4 before none.
    assertThat(certificate.at("/layers/0/values").asLong()).isEqualTo(64 * 64);
    assertThat(certificate.get("fewest_values").asLong()).isEqualTo(64);
    assertThat(certificate.at("/probe/rows").asLong()).isEqualTo(64);
    assertThat(certificate.at("/probe/split_half_disagreement").asDouble()).isLessThan(0.1);
    assertThat(certificate.at("/probe/predicted_accuracy").asDouble())
        .isCloseTo(
            Math.max(
                1 - certificate.at("/probe/split_half_disagreement").asDouble(),
                certificate.at("/probe/confidence").asDouble()),
            within(1e-12));
    assertThat(certificate.at("/probe/effective_classes").asDouble()).isBetween(8.0, 10.0);
    assertThat(client.get(calibration).json().get("certificate")).isEqualTo(certificate);
  }

  /** By the same rows sent as requests. */
  @Test
  void tellsTheConfidencesThatRequestsSee() {
    String calibration = begin();
    JsonNode probe = add(calibration, Digits.request(GOOD)).get("probe");
    publish(calibration, "{}");
    assertThat(probe.get("confidence").asDouble()).isCloseTo(confidence(set), within(1e-6));
    assertThat(probe.get("source_confidence").asDouble())
        .isCloseTo(confidence("default@1"), within(1e-6));
  }

  private double confidence(String statistics) {
    float[] probabilities =
        Digits.probabilities(
            client
                .post(
                    "/v2/models/digits/infer",
                    Digits.request(GOOD, "running_statistics", statistics))
                .json());
    double sum = 0;
    int rows = probabilities.length / 10;
    for (int row = 0; row < probabilities.length; row += 10) {
      float largest = 0;
      for (int k = row; k < row + 10; k++) {
        largest = Math.max(largest, probabilities[k]);
      }
      sum += largest;
    }
    return sum / rows;
  }

  @Test
  void isHarmfulForRowsOfOneClassAndKeepsThemFromBeingActivated() throws IOException {
    String calibration = begin();
    JsonNode certificate = add(calibration, ofOneClass(3));
    assertThat(certificate.get("verdict").asString())
        .as(certificate.toString())
        .isEqualTo("harmful");
    assertThat(certificate.at("/reasons/0/verdict").asString()).isEqualTo("harmful");
    assertThat(certificate.get("reasons").findValuesAsString("code")).contains("UNSURE_ANSWERS");

    String before = client.get(MODEL + "active-running-statistics").text();
    Answer refused = client.post(calibration + "/publish", "{\"activate\": true}");
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.json().get("detail").asString())
        .contains("harmful", "send rows of all classes", "\"force\": true");
    assertThat(client.get(MODEL + "active-running-statistics").text()).isEqualTo(before);
    assertThat(client.get(MODEL + "running-statistics/" + set).status()).isEqualTo(404);

    publish(calibration, "{\"activate\": true, \"force\": true}");
    assertThat(client.get(MODEL + "running-statistics/" + set).json().get("certificate"))
        .isEqualTo(client.get(calibration).json().get("certificate"));
    client.post(MODEL + "active-running-statistics/rollback", "{}");
    assertThat(client.delete(MODEL + "running-statistics/" + set).status()).isEqualTo(204);
    JsonNode history = client.get(MODEL + "active-running-statistics/history").json().get("items");
    assertThat(history.get(1).at("/certificate/verdict").asString()).isEqualTo("harmful");
  }

  @Test
  void isDoubtfulWhileThereAreFewRows() throws IOException {
    JsonNode certificate = add(begin(), rows(ofOneClass(3), 8));
    assertThat(certificate.get("verdict").asString()).isEqualTo("doubtful");
    assertThat(certificate.get("reasons").findValuesAsString("code"))
        .containsExactlyInAnyOrder("FEW_VALUES", "FEW_ROWS");
  }

  @Test
  void isOfRowsThatWereSentForIt() {
    String calibration = begin();
    add(calibration, Digits.request(GOOD));
    JsonNode probed =
        client
            .post(calibration + "/certificate", Digits.request("shifted/test-1.json"))
            .json()
            .get("certificate");
    assertThat(probed.at("/probe/given").asBoolean()).isTrue();
    assertThat(probed.at("/probe/rows").asLong()).isEqualTo(56);
    assertThat(probed.get("samples").asLong()).isEqualTo(64);
    JsonNode later = add(calibration, Digits.request("shifted/test-2.json"));
    assertThat(later.get("probe")).isEqualTo(probed.get("probe"));
  }

  @Test
  void isRefusedByNameWhereItCannotBe() throws IOException {
    String calibration = begin();
    Answer empty = client.post(calibration + "/certificate", Digits.request(GOOD));
    assertThat(empty.status()).isEqualTo(409);
    assertThat(empty.json().get("detail").asString()).contains("has no batch");
    add(calibration, Digits.request(GOOD));
    Answer small = client.post(calibration + "/certificate", rows(Digits.request(GOOD), 31));
    assertThat(small.status()).isEqualTo(400);
    assertThat(small.json().get("detail").asString())
        .contains("at least 32 rows", "norma.certificates.fewest-probe-rows", "has 31");
    publish(calibration, "{}");
    Answer late = client.post(calibration + "/certificate", Digits.request(GOOD));
    assertThat(late.status()).isEqualTo(409);
    assertThat(late.json().get("detail").asString()).contains("is published");
  }

  private String begin() {
    Answer begun =
        client.post(CALIBRATIONS, "{\"set\": \"%s\", \"minimum_samples\": 2}".formatted(set));
    assertThat(begun.status()).as(begun.text()).isEqualTo(201);
    return CALIBRATIONS + "/" + begun.json().get("id").asString();
  }

  private JsonNode add(String calibration, String rows) {
    Answer added = client.post(calibration + "/batches", rows);
    assertThat(added.status()).as(added.text()).isEqualTo(200);
    return added.json().get("certificate");
  }

  private void publish(String calibration, String body) {
    Answer published = client.post(calibration + "/publish", body);
    assertThat(published.status()).as(published.text()).isEqualTo(200);
  }

  /** Unshifted images of one class. */
  private static String ofOneClass(int digit) throws IOException {
    JsonNode labels =
        StatisticsClient.JSON.readTree(
            Files.readString(Path.of("examples/digits/clean/labels.json")));
    ArrayNode pixels = StatisticsClient.JSON.createArrayNode();
    for (String file : labels.propertyNames()) {
      JsonNode data =
          StatisticsClient.JSON.readTree(Digits.request("clean/" + file)).at("/inputs/0/data");
      for (int row = 0; row < labels.get(file).size(); row++) {
        for (int i = 0; labels.get(file).get(row).asInt() == digit && i < PIXELS; i++) {
          pixels.add(data.get(row * PIXELS + i));
        }
      }
    }
    return request(pixels);
  }

  private static String rows(String request, int count) {
    JsonNode data = StatisticsClient.JSON.readTree(request).at("/inputs/0/data");
    ArrayNode pixels = StatisticsClient.JSON.createArrayNode();
    for (int i = 0; i < count * PIXELS; i++) {
      pixels.add(data.get(i));
    }
    return request(pixels);
  }

  private static String request(ArrayNode pixels) {
    ObjectNode request = StatisticsClient.JSON.createObjectNode();
    ObjectNode input = request.putArray("inputs").addObject();
    input.put("name", "image").put("datatype", "FP32");
    input.putArray("shape").add(pixels.size() / PIXELS).add(1).add(8).add(8);
    input.set("data", pixels);
    return request.toString();
  }
}
