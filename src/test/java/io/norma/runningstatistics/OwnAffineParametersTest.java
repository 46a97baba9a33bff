package io.norma.runningstatistics;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.TensorProto;
import io.norma.runningstatistics.web.StatisticsBody;
import io.norma.service.Digits;
import io.norma.service.StatisticsClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Sets that are whole normalizations, held against networks whose files have the same γ and β. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
final class OwnAffineParametersTest {
  private static final String SETS = "/v1/models/digits/running-statistics/";
  private static final String IMAGES = "shifted/test-1.json";

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

  @ParameterizedTest
  @CsvSource({"frozen, 0", "instance_aware, 0", "blend, 0.5"})
  void normalizeAsANetworkWithTheirGammaAndBeta(String normalization, double priorWeight)
      throws IOException {
    assertThat(client.put(SETS + set, document()).status()).isEqualTo(201);
    String other = "other-" + UUID.randomUUID();
    String version = "/v1/models/" + other + "/versions/1";
    assertThat(client.put(version, otherNetwork(), "application/onnx").status()).isEqualTo(201);

    String mode =
        "\"normalization\": \"%s\"".formatted(normalization)
            + (priorWeight == 0 ? "" : ", \"prior_weight\": " + priorWeight);
    float[] expected = infer(other, mode);
    assertThat(infer("digits", mode + ", \"running_statistics\": \"" + set + "\""))
        .containsExactly(expected);
    assertThat(infer("digits", mode)).isNotEqualTo(expected);
  }

  @Test
  void comeBackAsTheyWereInBothFormats() {
    client.put(SETS + set, document());
    StatisticsClient.Answer json = client.get(SETS + set);
    assertThat(json.json().at("/layers/bn2/gamma/7").floatValue()).isEqualTo(gamma(7));
    assertThat(json.json().at("/layers/bn2/beta")).hasSize(32);
    assertThat(json.json().at("/layers/bn1").has("gamma")).isFalse();
    String sha256 = json.json().get("sha256").asString();
    assertThat(sha256)
        .isNotEqualTo(client.get(SETS + "default/revisions/1").json().get("sha256").asString());

    assertThat(client.put(SETS + set, json.text()).json().get("sha256").asString())
        .isEqualTo(sha256);
    byte[] file = client.get(SETS + set, "Accept", StatisticsBody.SAFETENSORS).response().body();
    assertThat(
            client
                .put(SETS + set, file, StatisticsBody.SAFETENSORS)
                .json()
                .get("sha256")
                .asString())
        .isEqualTo(sha256);
  }

  @Test
  void areTheNetworksWhereTheyAreMissingOrTheSame() {
    ObjectNode document = layers();
    ((ObjectNode) document.at("/layers/bn2")).remove("beta");
    client.put(SETS + set, document.toString());
    JsonNode filled = client.get(SETS + set).json();
    assertThat(filled.at("/layers/bn2/gamma/7").floatValue()).isEqualTo(gamma(7));
    assertThat(filled.at("/layers/bn2/beta")).hasSize(32);

    client.put(SETS + set + "-plain", "{\"base\": \"" + set + "\", \"layers\": {}}");
    assertThat(client.get(SETS + set + "-plain").json().get("sha256"))
        .isEqualTo(filled.get("sha256"));
    ((ObjectNode) document.at("/layers/bn2")).remove("gamma");
    client.put(SETS + set, document.toString());
    assertThat(client.get(SETS + set).json().at("/layers/bn2").has("gamma")).isFalse();
  }

  /** As if the network's own file had them. */
  @Test
  void areKeptByCalibrationsThatBeginFromThem() throws IOException {
    client.put(SETS + set, document());
    String other = "other-" + UUID.randomUUID();
    client.put("/v1/models/" + other + "/versions/1", otherNetwork(), "application/onnx");
    JsonNode expected = calibrated(other, "");
    JsonNode kept = calibrated("digits", ", \"base\": \"" + set + "\"");
    for (String layer : List.of("bn1", "bn2", "bn3", "bn4")) {
      for (String vector : List.of("mean", "variance")) {
        assertThat(kept.get(layer).get(vector)).isEqualTo(expected.get(layer).get(vector));
      }
    }
    assertThat(kept.at("/bn2/gamma/7").floatValue()).isEqualTo(gamma(7));
    assertThat(kept.at("/bn1").has("gamma")).isFalse();
  }

  @Test
  void keepMomentsApartFromThoseOfTheNetworks() {
    client.put(SETS + set, document());
    String based = filled("digits", ", \"base\": \"" + set + "\"");
    StatisticsClient.Answer moments = client.get(based + "/moments");
    assertThat(moments.json().get("base_sha256"))
        .isEqualTo(client.get(SETS + set).json().get("sha256"));
    StatisticsClient.Answer refused = client.post(filled("digits", "") + "/merge", moments.text());
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.json().get("detail").asString())
        .contains("gamma and beta of the network", moments.json().get("base_sha256").asString());
    assertThat(
            client
                .post(filled("digits", ", \"base\": \"" + set + "\"") + "/merge", moments.text())
                .status())
        .isEqualTo(200);
  }

  private JsonNode calibrated(String model, String parameters) {
    String calibration = filled(model, parameters);
    assertThat(client.post(calibration + "/publish", "{}").status()).isEqualTo(200);
    return client
        .get("/v1/models/" + model + "/running-statistics/" + set + "-calibrated")
        .json()
        .get("layers");
  }

  private String filled(String model, String parameters) {
    String calibrations = "/v1/models/" + model + "/calibrations";
    StatisticsClient.Answer begun =
        client.post(calibrations, "{\"set\": \"%s-calibrated\"%s}".formatted(set, parameters));
    assertThat(begun.status()).as(begun.text()).isEqualTo(201);
    String calibration = calibrations + "/" + begun.json().get("id").asString();
    assertThat(client.post(calibration + "/batches", Digits.request(IMAGES)).status())
        .isEqualTo(200);
    return calibration;
  }

  @Test
  void areCompared() {
    client.put(SETS + set, document());
    JsonNode layers = client.get(SETS + "compare?from=default@1&to=" + set).json().get("layers");
    assertThat(layers.get(1).get("layer").asString()).isEqualTo("bn2");
    assertThat(layers.get(1).get("largest_gamma_difference").asDouble()).isPositive();
    assertThat(layers.get(1).get("largest_beta_difference").asDouble()).isPositive();
    assertThat(layers.get(1).get("symmetric_kl").asDouble()).isZero();
    assertThat(layers.get(0).has("largest_gamma_difference")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "gamma | [1, 2] | layer 'bn2': expected a gamma of shape [32], got [2]",
        "beta | [1, 2] | layer 'bn2': expected a beta of shape [32], got [2]",
        "beta | \"x\" | layers.bn2.beta",
      })
  void areRefusedByNameWhereTheyDoNotFit(String name, String values, String expected) {
    ObjectNode layer = (ObjectNode) layers().at("/layers/bn2");
    String others = layer.remove(List.of("gamma", "beta")).toString();
    String document =
        "{\"base\": \"default@1\", \"layers\": {\"bn2\": %s, \"%s\": %s}}}"
            .formatted(others.substring(0, others.length() - 1), name, values);
    StatisticsClient.Answer answer = client.put(SETS + set, document);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().get("detail").asString()).contains(expected);
  }

  @Test
  void areRefusedWhereTheyAreNotFinite() {
    ObjectNode document = layers();
    ((ObjectNode) document.at("/layers/bn2")).withArray("beta").set(7, "Infinity");
    StatisticsClient.Answer answer = client.put(SETS + set, document.toString());
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().get("detail").asString())
        .contains("'layers.bn2.beta[7]' must be a finite number");
  }

  private float[] infer(String model, String parameters) {
    String request =
        Digits.request(IMAGES).replaceFirst("\\{", "{\"parameters\": {" + parameters + "}, ");
    StatisticsClient.Answer answer = client.post("/v2/models/" + model + "/infer", request);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return Digits.probabilities(answer.json());
  }

  private static float gamma(int channel) {
    return 0.5f + channel / 16f;
  }

  private static float beta(int channel) {
    return channel % 3 / 4f - 0.25f;
  }

  private String document() {
    return layers().toString();
  }

  /** The imported statistics with another γ and β in one layer. */
  private ObjectNode layers() {
    JsonNode imported = client.get(SETS + "default/revisions/1").json();
    ObjectNode document = StatisticsClient.JSON.createObjectNode();
    document.put(
        "variance_convention",
        imported.get("variance_convention").asString().toLowerCase(Locale.ROOT));
    document.set("layers", imported.get("layers").deepCopy());
    ObjectNode layer = (ObjectNode) document.at("/layers/bn2");
    for (int c = 0; c < 32; c++) {
      layer.withArray("gamma").add(gamma(c));
      layer.withArray("beta").add(beta(c));
    }
    return document;
  }

  /** The digits' file with the same γ and β. */
  private static byte[] otherNetwork() throws IOException {
    ModelProto digits =
        ModelProto.parseFrom(
            Files.readAllBytes(Path.of("src/main/resources/models/digits/1/model.onnx")));
    GraphProto.Builder graph = digits.getGraph().toBuilder();
    for (TensorProto.Builder initializer : graph.getInitializerBuilderList()) {
      boolean isGamma = initializer.getName().equals("bn2.weight");
      if (isGamma || initializer.getName().equals("bn2.bias")) {
        ByteBuffer raw = ByteBuffer.allocate(4 * 32).order(ByteOrder.LITTLE_ENDIAN);
        for (int c = 0; c < 32; c++) {
          raw.putFloat(isGamma ? gamma(c) : beta(c));
        }
        initializer.setRawData(ByteString.copyFrom(raw.flip()));
      }
    }
    return digits.toBuilder().setGraph(graph).build().toByteArray();
  }
}
