package io.norma.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Inference in all the forms that clients of the V2 protocol use. */
final class InferenceProtocolTest extends ServiceTest {
  private static final String INFER = "/v2/models/digits/infer";
  private static final String LENGTH = "Inference-Header-Content-Length";
  private static final JsonMapper JSON = new JsonMapper();

  private static float[] image() {
    JsonNode data = JSON.readTree(example("three.json")).at("/inputs/0/data");
    float[] image = new float[64];
    for (int i = 0; i < image.length; i++) {
      image[i] = data.get(i).floatValue();
    }
    return image;
  }

  private static byte[] withBinaryImage(String json, float... image) {
    byte[] head = json.getBytes(StandardCharsets.UTF_8);
    ByteBuffer body =
        ByteBuffer.allocate(head.length + 4 * image.length).order(ByteOrder.LITTLE_ENDIAN);
    body.put(head);
    for (float pixel : image) {
      body.putFloat(pixel);
    }
    return body.array();
  }

  private static Map<String, String> length(String json) {
    return Map.of(LENGTH, Integer.toString(json.getBytes(StandardCharsets.UTF_8).length));
  }

  private static void assertIsThree(float... probabilities) {
    assertThat(probabilities).hasSize(10);
    JsonNode expected = JSON.readTree(example("probabilities.json")).path("three.json");
    for (int i = 0; i < 10; i++) {
      assertThat((double) probabilities[i]).isCloseTo(expected.get(i).asDouble(), within(1e-5));
    }
  }

  private static float[] jsonOutput(JsonNode answer) {
    JsonNode data = answer.at("/outputs/0/data");
    float[] values = new float[data.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = data.get(i).floatValue();
    }
    return values;
  }

  private static float[] binaryOutput(Exchange answer) {
    int json = Integer.parseInt(answer.header(LENGTH));
    JsonNode head = JSON.readTree(Arrays.copyOf(answer.body(), json));
    int size = head.at("/outputs/0/parameters/binary_data_size").asInt();
    assertThat(answer.body()).hasSize(json + size);
    assertThat(head.at("/outputs/0").has("data")).isFalse();
    float[] values = new float[size / 4];
    ByteBuffer.wrap(answer.body(), json, size)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(values);
    return values;
  }

  @Test
  void takesBinaryAndAnswersBinaryAsTheJavaClientAsks() {
    String json =
        """
        {"id":"1","outputs":[{"name":"probabilities","parameters":{"binary_data":true}}],"inputs":\
        [{"name":"image","shape":[1,1,8,8],"datatype":"FP32","parameters":{"binary_data_size":256}}]}\
        """;
    Exchange answer = client.post(INFER, withBinaryImage(json, image()), length(json));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).isEqualTo("application/octet-stream");
    assertIsThree(binaryOutput(answer));
  }

  @Test
  void takesBinaryAndAnswersJson() {
    String json =
        """
        {"inputs":[{"name":"image","shape":[1,1,8,8],"datatype":"FP32",\
        "parameters":{"binary_data_size":256}}]}\
        """;
    Exchange answer = client.post(INFER, withBinaryImage(json, image()), length(json));
    assertIsThree(jsonOutput(answer.json()));
  }

  @Test
  void takesJsonAndAnswersBinaryWhereTheWholeRequestAsksForIt() {
    String request =
        new String(example("three.json"), StandardCharsets.UTF_8)
            .replaceFirst("\\{", "{\"parameters\": {\"binary_data_output\": true}, ");
    assertIsThree(binaryOutput(client.post(INFER, request)));
  }

  @Test
  void letsAnOutputOverrideTheRequest() {
    String request =
        new String(example("three.json"), StandardCharsets.UTF_8)
            .replaceFirst(
                "\\{",
                "{\"parameters\": {\"binary_data_output\": true}, \"outputs\": [{\"name\":"
                    + " \"probabilities\", \"parameters\": {\"binary_data\": false}}], ");
    assertIsThree(jsonOutput(client.post(INFER, request).json()));
  }

  @Test
  void takesDataBeforeTheFieldsThatExplainIt() {
    String request =
        """
        {"inputs":[{"data":%s,"parameters":{},"datatype":"FP32","shape":[1,1,8,8],"name":"image"}]}\
        """
            .formatted(Arrays.toString(image()));
    assertIsThree(jsonOutput(client.post(INFER, request).json()));
  }

  @Test
  void takesNestedData() {
    float[] image = image();
    StringBuilder rows = new StringBuilder();
    for (int row = 0; row < 8; row++) {
      rows.append(row == 0 ? "" : ",");
      rows.append(Arrays.toString(Arrays.copyOfRange(image, 8 * row, 8 * row + 8)));
    }
    String request =
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[1,1,8,8],\"datatype\":\"FP32\",\"data\":[[["
            + rows
            + "]]]}]}";
    assertIsThree(jsonOutput(client.post(INFER, request).json()));
  }

  @Test
  void takesBodiesCompressedWithGzipAndDeflate() throws IOException {
    for (String encoding : new String[] {"gzip", "deflate"}) {
      Exchange answer =
          client.post(
              INFER,
              compress(encoding, example("three.json")),
              Map.of("Content-Encoding", encoding));
      assertIsThree(jsonOutput(answer.json()));
    }
  }

  @Test
  void countsTheJsonOfACompressedBinaryBodyBeforeCompression() throws IOException {
    String json =
        """
        {"inputs":[{"name":"image","shape":[1,1,8,8],"datatype":"FP32",\
        "parameters":{"binary_data_size":256}}]}\
        """;
    Exchange answer =
        client.post(
            INFER,
            compress("gzip", withBinaryImage(json, image())),
            Map.of("Content-Encoding", "gzip", LENGTH, Integer.toString(json.length())));
    assertIsThree(jsonOutput(answer.json()));
  }

  @Test
  void compressesLargeAnswersWhereTheClientAsksForIt() throws IOException {
    String zeros =
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[33,1,8,8],\"datatype\":\"FP32\",\"data\":["
            + "0,".repeat(33 * 64 - 1)
            + "0]}]}";
    byte[] plain = client.post(INFER, zeros).body();
    for (String encoding : new String[] {"gzip", "deflate"}) {
      Exchange answer =
          client.post(
              INFER, zeros.getBytes(StandardCharsets.UTF_8), Map.of("Accept-Encoding", encoding));
      assertThat(answer.header("Content-Encoding")).isEqualTo(encoding);
      assertThat(answer.body().length).isLessThan(plain.length);
      ByteArrayInputStream bytes = new ByteArrayInputStream(answer.body());
      assertThat(
              (encoding.equals("gzip")
                      ? new GZIPInputStream(bytes)
                      : new InflaterInputStream(bytes))
                  .readAllBytes())
          .isEqualTo(plain);
    }
  }

  @Test
  void answersTheBestClassesWhereTheyAreAskedFor() {
    String request =
        new String(example("three.json"), StandardCharsets.UTF_8)
            .replaceFirst(
                "\\{",
                "{\"outputs\": [{\"name\": \"probabilities\", \"parameters\": {\"classification\":"
                    + " 2}}], ");
    JsonNode output = client.post(INFER, request).json().at("/outputs/0");
    assertThat(output.path("datatype").asString()).isEqualTo("BYTES");
    assertThat(output.path("shape").toString()).isEqualTo("[1,2]");
    assertThat(output.at("/data/0").asString()).endsWith(":3");
  }

  @Test
  void answersByVersion() {
    Exchange answer =
        client.post("/v2/models/digits/versions/1/infer", example("three.json"), Map.of());
    assertThat(answer.json().path("model_version").asString()).isEqualTo("1");
    assertThat(
            client
                .post("/v2/models/digits/versions/7/infer", example("three.json"), Map.of())
                .status())
        .isEqualTo(404);
    assertThat(
            client
                .post("/v2/models/digits/versions/latest/infer", example("three.json"), Map.of())
                .status())
        .isEqualTo(400);
  }

  @Test
  void takesBodiesWithoutALength() {
    assertIsThree(jsonOutput(client.postChunked(INFER, example("three.json")).json()));
  }

  private static byte[] compress(String encoding, byte[] plain) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream stream =
        encoding.equals("gzip") ? new GZIPOutputStream(bytes) : new DeflaterOutputStream(bytes)) {
      stream.write(plain);
    }
    return bytes.toByteArray();
  }
}
