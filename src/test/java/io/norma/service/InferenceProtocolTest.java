package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Inference in all the forms that clients of the V2 protocol use. */
final class InferenceProtocolTest extends ServiceTest {
  private static final String INFER = "/v2/models/digits/infer";
  private static final String LENGTH = "Inference-Header-Content-Length";

  private static Map<String, String> length(String json) {
    return Map.of(LENGTH, Integer.toString(json.getBytes(StandardCharsets.UTF_8).length));
  }

  private static void assertIsThree(Exchange answer) {
    DigitThree.assertIsThree(InferenceAnswer.of(answer).floats("probabilities"));
  }

  private static void assertIsThreeInBinary(Exchange answer) {
    assertThat(answer.header(LENGTH)).isNotEmpty();
    assertThat(InferenceAnswer.of(answer).output("probabilities").has("data")).isFalse();
    assertIsThree(answer);
  }

  private static void assertIsThreeInJson(Exchange answer) {
    assertThat(answer.header(LENGTH)).isEmpty();
    assertIsThree(answer);
  }

  @Test
  void takesBinaryAndAnswersBinaryAsTheJavaClientAsks() {
    String json =
        """
        {"id":"1","outputs":[{"name":"probabilities","parameters":{"binary_data":true}}],"inputs":\
        [{"name":"image","shape":[1,1,8,8],"datatype":"FP32","parameters":{"binary_data_size":256}}]}\
        """;
    Exchange answer = client.post(INFER, DigitThree.behind(json), length(json));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).isEqualTo("application/octet-stream");
    assertIsThreeInBinary(answer);
  }

  @Test
  void takesTheBytesOfTheOnlyInputAlone() {
    Exchange answer = client.post(INFER, DigitThree.behind(""), Map.of(LENGTH, "0"));
    assertThat(answer.status()).isEqualTo(200);
    assertIsThreeInBinary(answer);

    Exchange refused = client.post(INFER, new byte[255], Map.of(LENGTH, "0"));
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.json().path("error").asString())
        .contains("'image'", "a multiple of 256 bytes", "255");
  }

  @Test
  void namesWhatItUsedInOneOrder() {
    String request =
        new String(example("three.json"), StandardCharsets.UTF_8)
            .replaceFirst(
                "\\{", "{\"parameters\": {\"normalization\": \"blend\", \"prior_weight\": 1}, ");
    assertThat(new String(client.post(INFER, request).body(), StandardCharsets.UTF_8))
        .contains(
            """
            "parameters":{"blend":"linear","normalization":"blend","prior_weight":1.0,\
            "running_statistics":"default@1"}\
            """);
  }

  @Test
  void takesBinaryAndAnswersJson() {
    String json =
        """
        {"inputs":[{"name":"image","shape":[1,1,8,8],"datatype":"FP32",\
        "parameters":{"binary_data_size":256}}]}\
        """;
    Exchange answer = client.post(INFER, DigitThree.behind(json), length(json));
    assertIsThreeInJson(answer);
  }

  @Test
  void takesJsonAndAnswersBinaryWhereTheWholeRequestAsksForIt() {
    String request =
        new String(example("three.json"), StandardCharsets.UTF_8)
            .replaceFirst("\\{", "{\"parameters\": {\"binary_data_output\": true}, ");
    assertIsThreeInBinary(client.post(INFER, request));
  }

  @Test
  void letsAnOutputOverrideTheRequest() {
    String request =
        new String(example("three.json"), StandardCharsets.UTF_8)
            .replaceFirst(
                "\\{",
                "{\"parameters\": {\"binary_data_output\": true}, \"outputs\": [{\"name\":"
                    + " \"probabilities\", \"parameters\": {\"binary_data\": false}}], ");
    assertIsThreeInJson(client.post(INFER, request));
  }

  @Test
  void takesDataBeforeTheFieldsThatExplainIt() {
    String request =
        """
        {"inputs":[{"data":%s,"parameters":{},"datatype":"FP32","shape":[1,1,8,8],"name":"image"}]}\
        """
            .formatted(DigitThree.json());
    assertIsThreeInJson(client.post(INFER, request));
  }

  @Test
  void takesNestedData() {
    float[] image = DigitThree.image();
    StringBuilder rows = new StringBuilder();
    for (int row = 0; row < 8; row++) {
      rows.append(row == 0 ? "" : ",");
      rows.append(Arrays.toString(Arrays.copyOfRange(image, 8 * row, 8 * row + 8)));
    }
    String request =
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[1,1,8,8],\"datatype\":\"FP32\",\"data\":[[["
            + rows
            + "]]]}]}";
    assertIsThreeInJson(client.post(INFER, request));
  }

  @Test
  void takesBodiesCompressedWithGzipAndDeflate() throws IOException {
    for (String encoding : new String[] {"gzip", "deflate"}) {
      Exchange answer =
          client.post(
              INFER,
              compress(encoding, example("three.json")),
              Map.of("Content-Encoding", encoding));
      assertIsThreeInJson(answer);
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
            compress("gzip", DigitThree.behind(json)),
            Map.of("Content-Encoding", "gzip", LENGTH, Integer.toString(json.length())));
    assertIsThreeInJson(answer);
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
    assertIsThreeInJson(client.postChunked(INFER, example("three.json")));
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
