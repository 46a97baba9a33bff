package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.TensorProto;
import io.norma.runningstatistics.web.StatisticsBody;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/**
 * Text that goes to the database: too long for it, or with characters that not all of them take.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
final class StoredTextTest {
  private static final String SETS = "/v1/models/digits/running-statistics/";

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

  private static void assertRefuses(StatisticsClient.Answer answer, String field) {
    assertThat(answer.status()).describedAs(answer.text()).isEqualTo(400);
    assertThat(answer.json().get("detail").asString()).contains(field).hasSizeLessThan(3000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\\u0000", "a\\u0000b", "\\ud800", "LONG"})
  void rejectsSourcesThatCannotBeStored(String source) {
    String text = source.replace("LONG", "s".repeat(1025));
    String document = "{\"source\": \"" + text + "\", \"base\": \"default@1\", \"layers\": {}}";

    assertRefuses(client.put(SETS + "night", document), "source");
  }

  @Test
  void takesTheLongestSource() {
    String document =
        "{\"source\": \"" + "ü".repeat(1024) + "\", \"base\": \"default@1\", \"layers\": {}}";

    assertThat(client.put(SETS + "longest", document).status()).isEqualTo(201);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\0", "LONG"})
  void rejectsSourcesInTheAddress(String source) {
    String text =
        URLEncoder.encode(source.replace("LONG", "s".repeat(1025)), StandardCharsets.UTF_8);
    byte[] file =
        client.get(SETS + "default", "Accept", StatisticsBody.SAFETENSORS).response().body();

    assertRefuses(
        client.put(SETS + "night?source=" + text, file, StatisticsBody.SAFETENSORS),
        source.equals("LONG") ? "source" : "query");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\\u0000b", "LONG"})
  void rejectsSourcesOfCalibrations(String source) throws IOException {
    String calibrations = "/v1/models/digits/calibrations";
    String id =
        client
            .post(calibrations, "{\"set\": \"night\", \"minimum_samples\": 64}")
            .json()
            .get("id")
            .asString();
    String batch = Digits.request("shifted/calibration.json");
    assertThat(client.post(calibrations + "/" + id + "/batches", batch).status()).isEqualTo(200);

    assertRefuses(
        client.post(
            calibrations + "/" + id + "/publish",
            "{\"source\": \"" + source.replace("LONG", "s".repeat(1025)) + "\"}"),
        "source");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\\u0000b", "LONG"})
  void rejectsSetsThatCannotBeStored(String set) {
    String text = set.replace("LONG", "s".repeat(129));

    assertRefuses(
        client.post("/v1/models/digits/calibrations", "{\"set\": \"" + text + "\"}"), "set");
    assertRefuses(
        client.put("/v1/models/digits/active-running-statistics", "{\"set\": \"" + text + "\"}"),
        "set");
    assertRefuses(client.put(SETS + "s".repeat(129), "{\"layers\": {}}"), "set");
  }

  @Test
  void rejectsNamesOfNormalizersAndModelsThatCannotBeStored() throws IOException {
    String name = "n".repeat(129);
    byte[] onnx = Files.readAllBytes(Path.of("src/main/resources/models/digits/1/model.onnx"));

    assertRefuses(client.put("/v1/normalizers/" + name, "{\"channels\": 2}"), "'name'");
    assertRefuses(
        client.put("/v1/models/" + name + "/versions/1", onnx, "application/octet-stream"),
        "model name");
  }

  @ParameterizedTest
  @ValueSource(ints = {256, 4000})
  void rejectsIdempotencyKeysThatCannotBeStored(int length) {
    String normalizer = "/v1/normalizers/n" + UUID.randomUUID();
    client.put(normalizer, "{\"channels\": 2}");

    StatisticsClient.Answer answer =
        client.post(
            normalizer + "/batches",
            "{\"input\": {\"shape\": [2,2], \"datatype\": \"FP32\", \"data\": [1,2,3,4]}}",
            "Idempotency-Key",
            "k".repeat(length));

    assertRefuses(answer, "Idempotency-Key");
  }

  /** The digits, their second batch normalization called otherwise. */
  private static byte[] renamed(String name) throws IOException {
    ModelProto.Builder digits =
        ModelProto.parseFrom(
            Files.readAllBytes(Path.of("src/main/resources/models/digits/1/model.onnx")))
            .toBuilder();
    for (TensorProto.Builder tensor : digits.getGraphBuilder().getInitializerBuilderList()) {
      tensor.setName(tensor.getName().replace("bn2", name));
    }
    for (NodeProto.Builder node : digits.getGraphBuilder().getNodeBuilderList()) {
      for (int i = 0; i < node.getInputCount(); i++) {
        if (!node.getInput(i).startsWith("/")) {
          node.setInput(i, node.getInput(i).replace("bn2", name));
        }
      }
    }
    return digits.build().toByteArray();
  }

  @ParameterizedTest
  @CsvSource({"nul, 0", "bell, 7", "long, -1"})
  void storesRunningStatisticsOfLayersWithImpossibleNames(String model, int character)
      throws IOException {
    byte[] onnx = renamed(character < 0 ? "n".repeat(600) : "a" + (char) character + "b");
    String path = "/v1/models/" + model;
    StatisticsClient.Answer uploaded =
        client.put(path + "/versions/1", onnx, "application/octet-stream");
    assertThat(uploaded.status()).isEqualTo(201);
    JsonNode warning = uploaded.json().get("report").get("warnings").get(0);
    assertThat(warning.get("code").asString()).isEqualTo("BATCH_NORMALIZATION_RENAMED");
    String name = warning.get("names").get(0).asString();

    StatisticsClient.Answer loaded =
        client.put(path + "/running-statistics/night", onnx, "application/onnx");

    assertThat(loaded.status()).isEqualTo(201);
    assertThat(loaded.json().get("warnings")).isEmpty();
    StatisticsClient.Answer stored = client.get(path + "/running-statistics/night");
    assertThat(stored.json().get("layers").propertyNames())
        .containsExactlyInAnyOrder("bn1", name, "bn3", "bn4");
    assertThat(client.put(path + "/running-statistics/again", stored.text()).status())
        .isEqualTo(201);
  }
}
