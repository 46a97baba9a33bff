package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.http.BinaryTensorHeader;
import io.norma.kernel.compute.Arithmetic;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Receipts of answers, and requests that are answered by them once more. */
final class ReplayTest extends ServiceTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String MODEL = "/v1/models/repeated";
  private static final String INFER = "/v2/models/repeated/infer";
  private static final String SETS = MODEL + "/running-statistics/";
  private static final String WRONG = "0".repeat(64);

  @BeforeEach
  void upload() {
    assertThat(client.put(MODEL + "/versions/1", digitsModel()).status()).isBetween(200, 201);
    load("night");
  }

  private int load(String set) {
    Exchange loaded =
        client.send(
            "PUT",
            SETS + set,
            Map.of("Content-Type", "application/json"),
            example("shifted/running-statistics.json"));
    assertThat(loaded.status()).as(loaded.text()).isBetween(200, 201);
    return loaded.json().get("revision").asInt();
  }

  private static ObjectNode request(String parameters) {
    ObjectNode request = (ObjectNode) JSON.readTree(Digits.request("shifted/test-1.json"));
    request.set("parameters", JSON.readTree(parameters));
    return request;
  }

  private JsonNode receipt(ObjectNode request) {
    request.withObject("/parameters").put("receipt", true);
    Exchange answer = client.post(INFER, request.toString());
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json().get("receipt");
  }

  private Exchange replay(JsonNode receipt, JsonNode request) {
    ObjectNode body = JSON.createObjectNode();
    body.set("receipt", receipt);
    body.set("request", request);
    return client.post(MODEL + "/replay", body.toString());
  }

  private static List<String> parts(Exchange replayed) {
    assertThat(replayed.status()).as(replayed.text()).isEqualTo(200);
    assertThat(replayed.json().get("same").asBoolean())
        .isEqualTo(replayed.json().get("differs").isEmpty());
    return replayed.json().get("differs").valueStream().map(d -> d.get("part").asString()).toList();
  }

  private static JsonNode with(JsonNode receipt, String field, Object value) {
    ObjectNode changed = (ObjectNode) receipt.deepCopy();
    changed.putPOJO(field, value);
    return JSON.readTree(changed.toString());
  }

  @Test
  void tellsWhatAnAnswerWasComputedBy() {
    JsonNode receipt = receipt(request("{\"running_statistics\": \"night\"}"));
    JsonNode metadata = client.get(SETS + "night").json();
    assertThat(receipt.get("model").asString()).isEqualTo("repeated");
    assertThat(receipt.get("version").asString()).isEqualTo("1");
    assertThat(receipt.get("network_sha256"))
        .isEqualTo(client.get(MODEL + "/versions/1").json().get("sha256"));
    assertThat(receipt.get("normalization").asString()).isEqualTo("frozen");
    assertThat(receipt.get("running_statistics").asString())
        .isEqualTo("night@" + metadata.get("revision").asInt());
    assertThat(receipt.get("running_statistics_sha256")).isEqualTo(metadata.get("sha256"));
    assertThat(receipt.get("weights").asString()).isEqualTo("fp32");
    assertThat(receipt.get("arithmetic").asString()).isEqualTo(Arithmetic.here().toString());
  }

  @Test
  void givesNoneUnasked() {
    for (String parameters : List.of("{}", "{\"receipt\": false}")) {
      Exchange answer = client.post(INFER, request(parameters).toString());
      assertThat(answer.json().has("receipt")).as(answer.text()).isFalse();
    }
  }

  @Test
  void hashesWhatAClientHas() throws Exception {
    float[] pixels = new float[128];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) Math.sin(i);
    }
    ByteBuffer image = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
    image.asFloatBuffer().put(pixels);
    byte[] head =
        ("{\"parameters\":{\"receipt\":true,\"binary_data_output\":true},\"inputs\":[{\"name\":\"image\","
             + "\"datatype\":\"FP32\",\"shape\":[2,1,8,8],\"parameters\":{\"binary_data_size\":512}}]}")
            .getBytes(StandardCharsets.UTF_8);
    byte[] body = Arrays.copyOf(head, head.length + 512);
    System.arraycopy(image.array(), 0, body, head.length, 512);
    Exchange answer =
        client.post(INFER, body, Map.of(BinaryTensorHeader.NAME, Integer.toString(head.length)));
    int length = Integer.parseInt(answer.header(BinaryTensorHeader.NAME));
    JsonNode json = JSON.readTree(new String(answer.body(), 0, length, StandardCharsets.UTF_8));
    byte[] outputs = Arrays.copyOfRange(answer.body(), length, answer.body().length);
    assertThat(json.at("/receipt/inputs_sha256").asString())
        .isEqualTo(sha256("image", image.array(), 2, 1, 8, 8));
    assertThat(json.at("/receipt/outputs_sha256").asString())
        .isEqualTo(sha256("probabilities", outputs, 2, 10));
  }

  private static String sha256(String name, byte[] elements, long... shape) throws Exception {
    ByteBuffer bytes = ByteBuffer.allocate(256 + elements.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(name.length()).put(name.getBytes(StandardCharsets.UTF_8));
    bytes.putInt(4).put("FP32".getBytes(StandardCharsets.UTF_8));
    bytes.putInt(shape.length);
    for (long extent : shape) {
      bytes.putLong(extent);
    }
    bytes.putLong(elements.length).put(elements);
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update(bytes.flip());
    return HexFormat.of().formatHex(digest.digest());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}
          {"running_statistics": "night"}
          {"normalization": "batch"}
          {"normalization": "blend", "prior_count": 7, "blend": "mixture"}
          {"normalization": "blend", "prior_weight": 0.1, "running_statistics": "night"}
          {"normalization": "instance_aware"}
          {"normalization": "instance_aware", "k": 0.3, "running_statistics": "night"}
          {"seed": -9223372036854775808}
          """)
  void givesTheSameAfterEverythingHasChanged(String parameters) {
    ObjectNode request = request(parameters);
    JsonNode receipt = receipt(request);
    load("night");
    client.send(
        "PUT",
        MODEL + "/active-running-statistics",
        Map.of(),
        "{\"set\": \"night\"}".getBytes(StandardCharsets.UTF_8));
    Exchange replayed = replay(receipt, request);
    assertThat(parts(replayed)).as(replayed.text()).isEmpty();
    assertThat(replayed.json().get("ran").asBoolean()).isTrue();
    request.remove("parameters");
    assertThat(parts(replay(receipt, request))).isEmpty();
    client.post(MODEL + "/active-running-statistics/rollback", "{}");
  }

  @Test
  void namesTheSetThatAShareOfTheTrafficGot() {
    load("day");
    Exchange split =
        client.send(
            "PUT",
            MODEL + "/active-running-statistics",
            Map.of(),
            "{\"split\": [{\"set\": \"day\", \"weight\": 50}, {\"set\": \"default\", \"weight\": 50}]}"
                .getBytes(StandardCharsets.UTF_8));
    assertThat(split.status()).as(split.text()).isEqualTo(200);
    for (int user = 0; user < 8; user++) {
      ObjectNode request = request("{\"receipt\": true, \"routing_key\": \"%d\"}".formatted(user));
      JsonNode answer = client.post(INFER, request.toString()).json();
      assertThat(answer.at("/receipt/running_statistics"))
          .isEqualTo(answer.at("/parameters/running_statistics"));
      assertThat(parts(replay(answer.get("receipt"), request))).isEmpty();
    }
    client.post(MODEL + "/active-running-statistics/rollback", "{}");
  }

  @Test
  void tellsWhichPartDiffers() {
    ObjectNode request = request("{\"running_statistics\": \"night\"}");
    JsonNode receipt = receipt(request);
    assertThat(parts(replay(with(receipt, "network_sha256", WRONG), request)))
        .containsExactly("network");
    assertThat(parts(replay(with(receipt, "references_sha256", WRONG), request)))
        .containsExactly("network");
    assertThat(parts(replay(with(receipt, "running_statistics_sha256", WRONG), request)))
        .containsExactly("running_statistics");
    assertThat(parts(replay(with(receipt, "running_statistics", "never@4"), request)))
        .containsExactly("running_statistics");
    assertThat(parts(replay(with(receipt, "weights", "bf16"), request))).containsExactly("weights");
    assertThat(parts(replay(with(receipt, "arithmetic", "scalar_unfused"), request)))
        .containsExactly("arithmetic");
    assertThat(parts(replay(with(receipt, "outputs_sha256", WRONG), request)))
        .containsExactly("outputs");
    assertThat(parts(replay(with(receipt, "platform", "elsewhere, Java 25"), request))).isEmpty();

    ObjectNode brighter = request.deepCopy();
    brighter.withArray("/inputs/0/data").set(0, JSON.getNodeFactory().numberNode(0.123f));
    Exchange other = replay(receipt, brighter);
    assertThat(parts(other)).containsExactly("inputs");
    assertThat(other.json().get("ran").asBoolean()).isFalse();

    ObjectNode blended = request.deepCopy();
    blended.withObject("/parameters").put("normalization", "batch").put("seed", 3);
    assertThat(parts(replay(receipt, blended))).containsExactly("normalization", "normalization");
    blended.withObject("/parameters").removeAll().put("running_statistics", "default");
    assertThat(parts(replay(receipt, blended))).containsExactly("running_statistics");
  }

  @Test
  void tellsThatARevisionHasBeenDeleted() {
    int revision = load("gone");
    ObjectNode request = request("{\"running_statistics\": \"gone\"}");
    JsonNode receipt = receipt(request);
    assertThat(client.delete(SETS + "gone").status()).isEqualTo(204);
    Exchange replayed = replay(receipt, request);
    assertThat(parts(replayed)).containsExactly("running_statistics");
    assertThat(replayed.json().at("/differs/0/expected").asString()).isEqualTo("gone@" + revision);
    assertThat(replayed.json().at("/differs/0").has("found")).isFalse();
    // A set of the same name begins behind it, or is another by its numbers.
    load("gone");
    assertThat(parts(replay(receipt, request))).containsExactly("running_statistics");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          network_sha256            | "abc"        | must be a SHA-256
          inputs_sha256             | null         | is missing
          model                     | null         | is missing
          version                   | "0"          | must be a version
          version                   | 1            | must be text
          normalization             | "training"   | must be one of
          normalization             | null         | is missing
          running_statistics        | "night"      | written as set@number
          running_statistics_sha256 | null         | is missing
          k                         | 3            | has no meaning with normalization "frozen"
          weights                   | "fp16"       | must be one of
          arithmetic                | "vectors"    | must be one of
          outputs                   | "abc"        | is no field
          """)
  void refusesWhatIsNoReceipt(String field, String value, String reason) {
    ObjectNode request = request("{}");
    ObjectNode receipt = (ObjectNode) receipt(request);
    receipt.set(field, JSON.readTree(value));
    Exchange refused = replay(receipt, request);
    assertThat(refused.status()).as(refused.text()).isEqualTo(400);
    assertThat(refused.json().at("/fields/0").asString()).isEqualTo("receipt." + field);
    assertThat(refused.json().get("detail").asString())
        .startsWith("'receipt." + field + "' ")
        .contains(reason);
  }

  @Test
  void namesTheFieldOfTheRequestThatDoesNotFit() {
    ObjectNode request = request("{}");
    JsonNode receipt = receipt(request);
    ((ObjectNode) request.at("/inputs/0")).remove("shape");
    Exchange refused = replay(receipt, request);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.json().at("/fields/0").asString()).isEqualTo("request.inputs[0].shape");
    Exchange missing = client.post(MODEL + "/replay", "{\"request\": {\"inputs\": []}}");
    assertThat(missing.json().at("/fields/0").asString()).isEqualTo("receipt");
  }

  @Test
  void refusesWhereItCannotBeAskedFor() {
    Exchange wrong = client.post(INFER, request("{\"receipt\": \"yes\"}").toString());
    assertThat(wrong.status()).isEqualTo(400);
    assertThat(wrong.text()).contains("parameters.receipt");
    byte[] raw = new byte[256];
    for (Map<String, String> form :
        List.of(
            Map.of("Content-Type", "application/x-npy"),
            Map.of("Content-Type", "image/png"),
            Map.of(BinaryTensorHeader.NAME, "0"))) {
      Exchange refused = client.post(INFER + "?receipt=true", raw, form);
      assertThat(refused.status()).as(refused.text()).isEqualTo(400);
      assertThat(refused.text()).contains("'receipt'");
    }
  }

  @Test
  void asksTheVersionOfTheAddress() {
    ObjectNode request = request("{}");
    JsonNode receipt = receipt(request);
    ObjectNode body = JSON.createObjectNode();
    body.set("receipt", receipt);
    body.set("request", request);
    Exchange replayed = client.post(MODEL + "/versions/1/replay", body.toString());
    assertThat(parts(replayed)).isEmpty();
    assertThat(client.post(MODEL + "/versions/7/replay", body.toString()).status()).isEqualTo(404);
  }
}
