package io.norma.service;

import static io.norma.service.DigitThree.assertIsThree;
import static org.assertj.core.api.Assertions.assertThat;

import io.norma.http.BinaryTensorHeader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * The bytes that Triton's Python client for HTTP ({@code tritonclient.http}, on geventhttpclient)
 * sends, and its way to read the answers: no Content-Type, compact JSON, binary tensors unless told
 * otherwise, no length with an empty body.
 */
final class TritonPythonClientTest extends ServiceTest {
  private static final String INFER = "v2/models/digits/infer";
  private static final String BINARY_IMAGE =
      """
      {"name":"image","shape":[1,1,8,8],"datatype":"FP32","parameters":{"binary_data_size":256}}\
      """;
  private static final String BINARY_OUTPUT =
      "{\"name\":\"probabilities\",\"parameters\":{\"binary_data\":true}}";

  private static Exchange get(RawHttp http, String path) throws IOException {
    return http.exchange("GET /" + path + " HTTP/1.1\n" + headers(), null);
  }

  private static Exchange post(RawHttp http, String path, String headers, byte @Nullable [] body)
      throws IOException {
    String length = body == null ? "" : "Content-Length: " + body.length + "\n";
    return http.exchange("POST /" + path + " HTTP/1.1\n" + headers() + headers + length, body);
  }

  private static Exchange post(RawHttp http, String path, String json) throws IOException {
    return post(http, path, "", json.getBytes(StandardCharsets.UTF_8));
  }

  private static String headers() {
    return "User-Agent: python/gevent-http-client-2.3.3\nHost: localhost:PORT\n";
  }

  private static Exchange infer(RawHttp http, String json, String headers) throws IOException {
    return post(
        http,
        INFER,
        headers + BinaryTensorHeader.NAME + ": " + json.length() + "\n",
        DigitThree.behind(json));
  }

  private static JsonNode error(Exchange exchange) {
    assertThat(exchange.status()).isNotEqualTo(200);
    assertThat(exchange.json().propertyNames()).containsExactly("error");
    return exchange.json().path("error");
  }

  @Test
  void infersInBinaryByDefault() throws IOException {
    try (RawHttp http = new RawHttp(port())) {
      // No outputs named: all of them in binary.
      Exchange all =
          infer(
              http,
              "{\"inputs\":[%s],\"parameters\":{\"binary_data_output\":true}}"
                  .formatted(BINARY_IMAGE),
              "");
      assertThat(all.status()).isEqualTo(200);
      InferenceAnswer answer = InferenceAnswer.of(all);
      assertThat(answer.output("probabilities").has("data")).isFalse();
      assertThat(answer.json().path("model_version").asString()).isEqualTo("1");
      assertIsThree(answer.floats("probabilities"));

      Exchange named =
          infer(
              http,
              "{\"id\":\"42\",\"inputs\":[%s],\"outputs\":[%s]}"
                  .formatted(BINARY_IMAGE, BINARY_OUTPUT),
              "");
      assertThat(InferenceAnswer.of(named).json().path("id").asString()).isEqualTo("42");
      assertIsThree(InferenceAnswer.of(named).floats("probabilities"));
    }
  }

  @Test
  void infersInJsonWhereItIsTold() throws IOException {
    try (RawHttp http = new RawHttp(port())) {
      Exchange answer =
          post(
              http,
              "v2/models/digits/versions/1/infer",
              """
              {"inputs":[{"name":"image","shape":[1,1,8,8],"datatype":"FP32","data":%s}],\
              "outputs":[{"name":"probabilities","parameters":{"binary_data":false}}]}\
              """
                  .formatted(DigitThree.json()));
      assertThat(answer.header(BinaryTensorHeader.NAME)).isEmpty();
      assertIsThree(InferenceAnswer.of(answer).floats("probabilities"));
    }
  }

  @Test
  void takesTheParametersOfSequencesAndSchedulingThatItMayAdd() throws IOException {
    try (RawHttp http = new RawHttp(port())) {
      Exchange answer =
          infer(
              http,
              """
              {"inputs":[%s],"parameters":{"sequence_id":7,"sequence_start":true,\
              "sequence_end":true,"priority":1,"timeout":5000000,"binary_data_output":true}}\
              """
                  .formatted(BINARY_IMAGE),
              "");
      assertIsThree(InferenceAnswer.of(answer).floats("probabilities"));
    }
  }

  @Test
  void readsTheBestClassesAsStrings() throws IOException {
    try (RawHttp http = new RawHttp(port())) {
      Exchange answer =
          infer(
              http,
              """
              {"inputs":[%s],"outputs":[{"name":"probabilities","parameters":\
              {"classification":2,"binary_data":true}}]}\
              """
                  .formatted(BINARY_IMAGE),
              "");
      assertThat(InferenceAnswer.of(answer).strings("probabilities").getFirst()).endsWith(":3");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate"})
  void compressesRequestsAndTakesCompressedAnswers(String encoding) throws IOException {
    String one = "{\"inputs\":[%s],\"outputs\":[%s]}".formatted(BINARY_IMAGE, BINARY_OUTPUT);
    // The header counts the JSON before compression.
    String headers =
        "Content-Encoding: %s\nAccept-Encoding: %s\n%s: %d\n"
            .formatted(encoding, encoding, BinaryTensorHeader.NAME, one.length());
    try (RawHttp http = new RawHttp(port())) {
      Exchange answer = post(http, INFER, headers, compress(encoding, DigitThree.behind(one)));
      assertIsThree(InferenceAnswer.of(answer).floats("probabilities"));

      String many =
          "{\"inputs\":[%s],\"parameters\":{\"binary_data_output\":true}}"
              .formatted(BINARY_IMAGE.replace("[1,1", "[90,1").replace("256", "23040"));
      byte[] zeros = new byte[many.length() + 23040];
      System.arraycopy(many.getBytes(StandardCharsets.UTF_8), 0, zeros, 0, many.length());
      Exchange large =
          post(
              http,
              INFER,
              "Accept-Encoding: %s\n%s: %d\n"
                  .formatted(encoding, BinaryTensorHeader.NAME, many.length()),
              zeros);
      assertThat(large.header("Content-Encoding")).isEqualTo(encoding);
      assertThat(InferenceAnswer.of(large).floats("probabilities")).hasSize(900);
    }
  }

  @Test
  void asksForHealthAndReadsTheStatusAlone() throws IOException {
    try (RawHttp http = new RawHttp(port())) {
      for (String path :
          new String[] {
            "v2/health/live",
            "v2/health/ready",
            "v2/models/digits/ready",
            "v2/models/digits/versions/1/ready"
          }) {
        assertThat(get(http, path).status()).as(path).isEqualTo(200);
      }
      assertThat(get(http, "v2/models/cats/ready").status()).isNotEqualTo(200);
      assertThat(get(http, "v2/models/digits/versions/9/ready").status()).isNotEqualTo(200);
    }
  }

  @Test
  void readsMetadataConfigurationAndCounts() throws IOException {
    try (RawHttp http = new RawHttp(port())) {
      assertThat(get(http, "v2").json().path("name").asString()).isEqualTo("norma");
      assertThat(get(http, "v2/models/digits").json().at("/inputs/0/name").asString())
          .isEqualTo("image");
      assertThat(
              get(http, "v2/models/digits/versions/1/config").json().path("max_batch_size").asInt())
          .isEqualTo(100);
      assertThat(get(http, "v2/models/stats").json().path("model_stats").isArray()).isTrue();
      assertThat(get(http, "v2/models/digits/stats").json().at("/model_stats/0/name").asString())
          .isEqualTo("digits");
    }
  }

  @Test
  void listsLoadsAndUnloads() throws IOException {
    String file = Base64.getEncoder().encodeToString(digitsModel());
    String routes = "v2/repository/models/python%20client/";
    try (RawHttp http = new RawHttp(port())) {
      Exchange loaded =
          post(
              http,
              routes + "load",
              "{\"parameters\":{\"config\":\"{}\",\"file:1/model.onnx\":\"" + file + "\"}}");
      assertThat(loaded.status()).as(loaded.text()).isEqualTo(200);
      // Neither a body nor its length.
      assertThat(state(post(http, "v2/repository/index", "", null))).isEqualTo("READY");
      assertThat(get(http, "v2/models/python%20client/ready").status()).isEqualTo(200);
      assertThat(
              post(http, routes + "unload", "{\"parameters\":{\"unload_dependents\":false}}")
                  .status())
          .isEqualTo(200);
      assertThat(state(post(http, "v2/repository/index", "", null))).isEqualTo("UNAVAILABLE");
      assertThat(error(post(http, routes + "load", "{}")).asString()).contains("failed to load");
    }
  }

  private static String state(Exchange index) {
    for (JsonNode entry : index.json()) {
      if (entry.path("name").asString().equals("python client")) {
        return entry.path("state").asString();
      }
    }
    return "";
  }

  @Test
  void readsErrorsAndGoesOn() throws IOException {
    String json = "{\"inputs\":[%s]}".formatted(BINARY_IMAGE);
    try (RawHttp http = new RawHttp(port())) {
      Exchange unknown =
          post(
              http,
              "v2/models/cats/infer",
              BinaryTensorHeader.NAME + ": " + json.length() + "\n",
              DigitThree.behind(json));
      assertThat(error(unknown).asString()).startsWith("Request for unknown model");
      assertThat(error(infer(http, json.replace("FP32", "FP64"), "")).asString())
          .contains("'image'");
      // An extension that is not offered.
      assertThat(error(get(http, "v2/systemsharedmemory/status")).asString()).isNotEmpty();
      assertIsThree(InferenceAnswer.of(infer(http, json, "")).floats("probabilities"));
    }
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
