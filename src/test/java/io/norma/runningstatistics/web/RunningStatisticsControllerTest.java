package io.norma.runningstatistics.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.onnx.proto.ModelProto;
import io.norma.service.Digits;
import io.norma.service.StatisticsClient;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
final class RunningStatisticsControllerTest {
  private static final String SETS = "/v1/models/digits/running-statistics/";
  private static final String ACTIVE = "/v1/models/digits/active-running-statistics";
  private static final String INFER = "/v2/models/digits/infer";

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
  void givesBackWhatWasLoadedInBothFormats() {
    StatisticsClient.Answer loaded =
        client.put(SETS + set, Digits.request("shifted/running-statistics.json"));
    assertThat(loaded.status()).isEqualTo(201);
    assertThat(loaded.header("ETag")).matches("\"" + set + "@1-[0-9a-f]{12}\"");
    assertThat(loaded.header("Location")).endsWith("/revisions/1");

    StatisticsClient.Answer json = client.get(SETS + set);
    assertThat(json.json().get("sample_count").asLong()).isEqualTo(64);
    assertThat(json.json().get("variance_convention").asString()).isEqualTo("unbiased");
    StatisticsClient.Answer again = client.put(SETS + set, json.text());
    assertThat(again.json().get("revision").asInt()).isEqualTo(2);
    assertThat(again.json().get("sha256")).isEqualTo(json.json().get("sha256"));

    StatisticsClient.Answer file = client.get(SETS + set, "Accept", StatisticsBody.SAFETENSORS);
    assertThat(file.header("Content-Type")).isEqualTo(StatisticsBody.SAFETENSORS);
    StatisticsClient.Answer third =
        client.put(SETS + set + "?source=file", file.response().body(), StatisticsBody.SAFETENSORS);
    assertThat(third.json().get("sha256")).isEqualTo(json.json().get("sha256"));
    assertThat(third.json().get("source").asString()).isEqualTo("file");
    assertThat(client.get(SETS + set + "/revisions?limit=2").json().get("next").asString())
        .isEqualTo("2");
    assertThat(client.get(SETS + set + "/revisions/1").json().get("revision").asInt()).isEqualTo(1);
  }

  @Test
  void takesTheStatisticsOfAnotherExport() throws Exception {
    byte[] onnx = Files.readAllBytes(Path.of("src/main/resources/models/digits/1/model.onnx"));
    StatisticsClient.Answer loaded = client.put(SETS + set, onnx, "application/onnx");
    assertThat(loaded.status()).isEqualTo(201);
    assertThat(loaded.json().get("sha256"))
        .isEqualTo(client.get(SETS + "default").json().get("sha256"));
  }

  @Test
  void saysTheSameConventionOfTheSameStatisticsWhereverTheyComeFrom() throws Exception {
    byte[] onnx = Files.readAllBytes(Path.of("src/main/resources/models/digits/1/model.onnx"));
    byte[] safetensors =
        client.get(SETS + "default", "Accept", StatisticsBody.SAFETENSORS).response().body();
    byte[] otherExporter =
        ModelProto.parseFrom(onnx).toBuilder().setProducerName("tf2onnx").build().toByteArray();

    assertThat(conventionOf(client.get(SETS + "default/revisions/1"))).isEqualTo("unbiased");
    assertThat(conventionOf(client.put(SETS + set, safetensors, StatisticsBody.SAFETENSORS)))
        .isEqualTo("unbiased");
    assertThat(conventionOf(client.put(SETS + set, onnx, "application/onnx")))
        .isEqualTo("unbiased");
    assertThat(conventionOf(client.put(SETS + set, otherExporter, "application/onnx")))
        .isEqualTo("population");
    assertThat(
            conventionOf(
                client.put(
                    SETS + set + "?variance_convention=population", onnx, "application/onnx")))
        .isEqualTo("population");
  }

  private static String conventionOf(StatisticsClient.Answer answer) {
    return answer.json().get("variance_convention").asString();
  }

  @Test
  void takesMissingLayersFromTheBase() {
    ObjectNode document =
        (ObjectNode)
            StatisticsClient.JSON.readTree(Digits.request("shifted/running-statistics.json"));
    ((ObjectNode) document.get("layers")).remove("bn3");
    StatisticsClient.Answer missing = client.put(SETS + set, document.toString());
    assertThat(missing.status()).isEqualTo(400);
    assertThat(missing.json().get("detail").asString()).contains("'bn3'").contains("[64]");
    document.put("base", "default@1");
    assertThat(client.put(SETS + set, document.toString()).status()).isEqualTo(201);
    JsonNode layers = client.get(SETS + set).json().get("layers");
    JsonNode imported = client.get(SETS + "default").json().get("layers");
    assertThat(layers.get("bn3")).isEqualTo(imported.get("bn3"));
    assertThat(layers.get("bn2")).isNotEqualTo(imported.get("bn2"));
  }

  @Test
  void letsNoWriterOverwriteAnother() {
    String body = Digits.request("shifted/running-statistics.json");
    assertThat(client.put(SETS + set, body, "If-None-Match", "*").status()).isEqualTo(201);
    assertThat(client.put(SETS + set, body, "If-None-Match", "*").status()).isEqualTo(412);
    String tag = client.get(SETS + set).header("ETag");
    assertThat(client.get(SETS + set, "If-None-Match", tag).status()).isEqualTo(304);
    assertThat(client.put(SETS + set, body, "If-Match", tag).status()).isEqualTo(201);
    assertThat(client.put(SETS + set, body, "If-Match", tag).status()).isEqualTo(412);
    assertThat(client.get(SETS + set, "If-None-Match", tag).status()).isEqualTo(200);
  }

  @Test
  void deletesWhatIsNotActive() {
    client.put(SETS + set, Digits.request("shifted/running-statistics.json"));
    client.put(ACTIVE, "{\"set\": \"" + set + "\"}");
    assertThat(client.delete(SETS + set).status()).isEqualTo(409);
    client.post(ACTIVE + "/rollback", "");
    assertThat(client.delete(SETS + set).status()).isEqualTo(204);
    assertThat(client.get(SETS + set).status()).isEqualTo(404);
    assertThat(client.delete(SETS + "default").status()).isEqualTo(409);
    StatisticsClient.Answer gone =
        client.post(INFER, Digits.request("shifted/test-1.json", "running_statistics", set + "@1"));
    assertThat(gone.status()).isEqualTo(404);
    assertThat(gone.json().get("error").asString()).contains("default@1");
  }

  @Test
  void usesTheSetThatARequestNames() {
    client.put(SETS + set, Digits.request("shifted/running-statistics.json"));
    JsonNode named =
        client.post(INFER, Digits.request("shifted/test-1.json", "running_statistics", set)).json();
    JsonNode byDefault = client.post(INFER, Digits.request("shifted/test-1.json")).json();
    assertThat(named.get("parameters").get("running_statistics").asString()).isEqualTo(set + "@1");
    assertThat(byDefault.get("parameters").get("running_statistics").asString())
        .isEqualTo("default@1");
    assertThat(Digits.probabilities(named)).isNotEqualTo(Digits.probabilities(byDefault));
  }

  @Test
  void blendsFromThePriorAloneToTheBatchAlone() {
    String image = "shifted/test-1.json";
    float[] frozen = Digits.probabilities(client.post(INFER, Digits.request(image)).json());
    float[] batch =
        Digits.probabilities(
            client.post(INFER, Digits.request(image, "normalization", "batch")).json());
    assertThat(blend(image, "\"prior_weight\": 1")).containsExactly(frozen, within(1e-5f));
    assertThat(blend(image, "\"prior_weight\": 0")).containsExactly(batch, within(1e-5f));
    assertThat(blend(image, "\"prior_count\": 0")).containsExactly(batch, within(1e-5f));
    JsonNode half =
        client.post(INFER, blendRequest(image, "\"prior_count\": 56")).json().get("parameters");
    assertThat(half.get("prior_weight").asDouble()).isEqualTo(0.5);
    assertThat(half.get("blend").asString()).isEqualTo("linear");
  }

  @Test
  void instanceAwareHealsSingleRowsWithoutStateAndWithoutRegardToOthers() {
    String image = "shifted/test-1.json";
    JsonNode together =
        client.post(INFER, Digits.request(image, "normalization", "instance_aware")).json();
    assertThat(together.get("parameters").get("k").asDouble()).isEqualTo(5);
    assertThat(together.get("parameters").get("running_statistics").asString())
        .isEqualTo("default@1");
    float[] all = Digits.probabilities(together);
    ObjectNode request =
        (ObjectNode)
            StatisticsClient.JSON.readTree(
                Digits.request(image, "normalization", "instance_aware"));
    JsonNode data = request.get("inputs").get(0).get("data").deepCopy();
    for (int row = 0; row < 5; row++) {
      ObjectNode input = (ObjectNode) request.get("inputs").get(0);
      input.withArray("shape").removeAll().add(1).add(1).add(8).add(8);
      ArrayNode pixels = input.withArray("data").removeAll();
      for (int i = 64 * row; i < 64 * (row + 1); i++) {
        pixels.add(data.get(i));
      }
      float[] alone = Digits.probabilities(client.post(INFER, request.toString()).json());
      assertThat(alone).containsExactly(Arrays.copyOfRange(all, 10 * row, 10 * (row + 1)));
    }
    float[] none =
        Digits.probabilities(
            client
                .post(
                    INFER, instanceAware(image, "\"running_statistics\": \"default\", \"k\": 1e9"))
                .json());
    assertThat(none)
        .containsExactly(
            Digits.probabilities(client.post(INFER, Digits.request(image)).json()), within(1e-5f));
  }

  private static String instanceAware(String image, String parameters) {
    return Digits.request(image)
        .replaceFirst(
            "\\{",
            "{\"parameters\": {\"normalization\": \"instance_aware\", " + parameters + "}, ");
  }

  private static org.assertj.core.data.Offset<Float> within(float offset) {
    return org.assertj.core.data.Offset.offset(offset);
  }

  private float[] blend(String image, String parameter) {
    return Digits.probabilities(client.post(INFER, blendRequest(image, parameter)).json());
  }

  private static String blendRequest(String image, String parameter) {
    return Digits.request(image)
        .replaceFirst(
            "\\{", "{\"parameters\": {\"normalization\": \"blend\", " + parameter + "}, ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "normalization | training | 'frozen'",
        "normalization | blend | 'prior_count'",
        "prior_count | 3 | 'prior_count'",
        "k | 3 | it belongs to",
        "running_statistics | a@b | set@number",
        "running_statistics | @1 | set",
      })
  void refusesParametersThatMakeNoSense(String name, String value, String expected) {
    StatisticsClient.Answer answer =
        client.post(INFER, Digits.request("shifted/test-1.json", name, value));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().get("error").asString()).contains(expected.replace("'", ""));
  }

  @Test
  void refusesOneValuePerChannelByTheNameOfTheLayer() {
    StatisticsClient.Answer answer =
        client.post(INFER, Digits.request("seven.json", "normalization", "batch"));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().get("error").asString())
        .contains("Expected more than 1 value per channel when training")
        .contains("; its inputs are 'image' of shape [1,1,8,8]")
        .contains("'bn4'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"layers\": {\"bn1\": {\"mean\": [1], \"variance\": [1]}}, \"base\": \"default\"}"
            + " | 'bn1': expected a mean of shape [16], got [1]",
        "{\"layers\": {\"bm1\": {\"mean\": [1], \"variance\": [1]}}, \"base\": \"default\"}"
            + " | no batch-normalization layer 'bm1'; the nearest names are 'bn1'",
        "{\"layers\": {}} | 'bn1' is missing",
        "{\"layers\": {}, \"layers\": {}} | 'layers' is there twice",
        "{\"layers\": {\"bn1\": {}, \"bn1\": {}}} | 'layers.bn1' is there twice",
        "{\"layers\": {\"bn1\": {\"mean\": [], \"mean\": []}}} | 'layers.bn1.mean' is there twice",
        "{\"layers\": {\"bn1\": {\"mean\": [1e39]}}} | finite float32",
        "{\"layers\": {\"bn1\": {\"mean\": [\"NaN\"]}}} | finite number",
        "{\"layer\": {}} | did you mean 'layers'?",
        "{\"layers\": | JSON",
        "{\"layers\": {}, \"base\": \"nowhere@3\"} | default@1",
      })
  void refusesDocumentsThatDoNotFit(String document, String expected) {
    StatisticsClient.Answer answer = client.put(SETS + set, document);
    assertThat(answer.status()).isIn(400, 404);
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(answer.json().get("detail").asString()).contains(expected);
    assertThat(client.get(SETS + set).status()).isEqualTo(404);
  }

  @Test
  void refusesToHaveJsonDescribedInTheAddress() {
    StatisticsClient.Answer answer = client.put(SETS + set + "?sample_count=3", "{}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().at("/fields/0").asString()).isEqualTo("sample_count");
  }

  @ParameterizedTest
  @CsvSource({
    "sample_count=-1, sample_count",
    "sample_count=0x1, sample_count",
    "variance_convention=UNBIASED, variance_convention",
    "variance_convention=, variance_convention"
  })
  void refusesDescriptionsThatAreNotWrittenAsTheContractHasThem(String query, String field) {
    StatisticsClient.Answer answer = client.put(SETS + set + "?" + query, "{}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().at("/fields/0").asString()).isEqualTo(field);
    assertThat(answer.json().at("/detail").asString())
        .startsWith("query parameter '" + field + "' must be ");
  }

  @Test
  void refusesNegativeVarianceByLayerAndChannel() {
    ObjectNode document =
        (ObjectNode)
            StatisticsClient.JSON.readTree(Digits.request("shifted/running-statistics.json"));
    ((ArrayNode) document.get("layers").get("bn2").get("variance"))
        .set(5, StatisticsClient.JSON.readTree("-0.5"));
    StatisticsClient.Answer answer = client.put(SETS + set, document.toString());
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().get("detail").asString())
        .contains("'bn2'")
        .contains("channel 5")
        .contains("-0.5");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a.running_mean\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | 4 |"
            + " truncated",
        "{\"a.running_mean\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}} | 8 |"
            + " needs 12",
        "{\"a.running_mean\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}} | 12 |"
            + " hole",
        "{\"a.running_mean\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | 9 |"
            + " speaks of 8",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | 4 | overlap",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | 8 | twice",
        "{\"a\":{\"dtype\":\"Q4\",\"shape\":[1],\"data_offsets\":[0,4]}} | 4 | Q4",
        "not json | 4 | JSON",
      })
  void refusesSafetensorsWhoseHeaderLies(String header, int dataBytes, String expected) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(json.length).put(json);
    StatisticsClient.Answer answer =
        client.put(SETS + set, file.array(), StatisticsBody.SAFETENSORS);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().get("detail").asString()).contains(expected);
  }

  @ParameterizedTest
  @CsvSource({"-1", "9999", "9223372036854775807"})
  void refusesSafetensorsWhoseHeaderIsLongerThanTheFile(long headerLength) {
    ByteBuffer file = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(headerLength);
    StatisticsClient.Answer answer =
        client.put(SETS + set, file.array(), StatisticsBody.SAFETENSORS);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().get("detail").asString()).contains("safetensors");
  }

  @Test
  void refusesTypesAndNamesItDoesNotKnow() {
    assertThat(client.put(SETS + set, new byte[8], "text/plain").status()).isEqualTo(415);
    assertThat(client.get(SETS + "default", "Accept", "text/html").status()).isEqualTo(406);
    String body = Digits.request("shifted/running-statistics.json");
    assertThat(client.put(SETS + "a%20b", body).status()).isEqualTo(400);
    assertThat(client.put(ACTIVE, "{\"set\": \"" + set + "\"}").status()).isEqualTo(404);
    assertThat(client.put(ACTIVE, "{\"set\": \"default\", \"set\": \"x\"}").status())
        .isEqualTo(400);
  }
}
