package io.norma.service;

import static io.norma.service.DigitThree.assertIsThree;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * The bytes that Triton's perf_analyzer sends through Triton's C++ client (on libcurl), in its
 * order: what the server can do, the model's metadata and configuration, inferences on one
 * connection with the counts before and after. Every inference has the header with the JSON's
 * length; other bodies go as if they were forms.
 */
final class PerfAnalyzerTest extends ServiceTest {
  private static final String HEADERS =
      """
      Host: localhost:PORT
      User-Agent: libcurl-agent/1.0
      Accept: */*
      """;

  private static JsonNode get(RawHttp http, String path) throws IOException {
    Exchange exchange = http.exchange("GET " + path + " HTTP/1.1\n" + HEADERS, null);
    assertThat(exchange.status()).as(path).isEqualTo(200);
    return exchange.json();
  }

  private static Exchange infer(RawHttp http, String json, byte[] body) throws IOException {
    return http.exchange(
        "POST /v2/models/digits/infer HTTP/1.1\n"
            + HEADERS
            + "Inference-Header-Content-Length: %d%n".formatted(json.length())
            + "Content-Type: application/octet-stream\n"
            + "Content-Length: %d%n".formatted(body.length),
        body);
  }

  /** As libcurl sends a body of which nothing else is said. */
  private static Exchange post(RawHttp http, String path, String body) throws IOException {
    return http.exchange(
        "POST %s HTTP/1.1%n".formatted(path)
            + HEADERS
            + "Content-Length: %d%n".formatted(body.length())
            + "Content-Type: application/x-www-form-urlencoded\n",
        body.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void findsWhatItNeedsBeforeItMeasures() throws IOException {
    try (RawHttp http = new RawHttp(port())) {
      assertThat(get(http, "/v2/health/ready").path("ready").asBoolean()).isTrue();
      JsonNode extensions = get(http, "/v2").path("extensions");
      assertThat(extensions.valueStream().map(JsonNode::asString)).contains("statistics");

      JsonNode metadata = get(http, "/v2/models/digits");
      JsonNode configuration = get(http, "/v2/models/digits/config");
      assertThat(get(http, "/v2/models/digits/versions/1/config")).isEqualTo(configuration);
      // With a batch axis the metadata's shapes begin with it and the configuration's leave it out.
      assertThat(configuration.path("max_batch_size").asInt()).isPositive();
      assertThat(metadata.at("/inputs/0/shape/0").asInt()).isEqualTo(-1);
      assertThat(metadata.at("/inputs/0/shape").size() - 1)
          .isEqualTo(configuration.at("/input/0/dims").size());
      assertThat(configuration.at("/input/0/name")).isEqualTo(metadata.at("/inputs/0/name"));
      assertThat(configuration.at("/output/0/name")).isEqualTo(metadata.at("/outputs/0/name"));
    }
  }

  @Test
  void countsWhatItMeasures() throws IOException {
    String json =
        """
        {"id":"","parameters":{},"inputs":[{"name":"image","shape":[1,1,8,8],"datatype":"FP32",\
        "parameters":{"binary_data_size":256}}],"outputs":[{"name":"probabilities",\
        "parameters":{"binary_data":true}}]}\
        """;
    try (RawHttp http = new RawHttp(port())) {
      JsonNode before = get(http, "/v2/models/digits/stats").at("/model_stats/0");
      for (int i = 0; i < 5; i++) {
        Exchange exchange = infer(http, json, DigitThree.behind(json));
        assertThat(exchange.status()).as(exchange.text()).isEqualTo(200);
        assertIsThree(InferenceAnswer.of(exchange).floats("probabilities"));
      }
      JsonNode after = get(http, "/v2/models/digits/versions/1/stats").at("/model_stats/0");

      assertThat(after.path("version").asString()).isEqualTo("1");
      for (String count : new String[] {"/inference_count", "/inference_stats/success/count"}) {
        assertThat(after.at(count).asLong() - before.at(count).asLong()).as(count).isEqualTo(5);
      }
      for (String part : new String[] {"compute_input", "compute_infer", "compute_output"}) {
        String time = "/inference_stats/" + part + "/ns";
        assertThat(after.at(time).asLong()).as(part).isGreaterThan(before.at(time).asLong());
      }
      assertThat(after.at("/inference_stats/queue/ns").isIntegralNumber()).isTrue();
    }
  }

  @Test
  void tellsTheLengthOfTheJsonAlsoWhereNothingFollows() throws IOException {
    String json =
        """
        {"id":"","inputs":[{"name":"image","shape":[1,1,8,8],"datatype":"FP32","data":%s}],\
        "parameters":{"binary_data_output":true}}\
        """
            .formatted(DigitThree.json());
    try (RawHttp http = new RawHttp(port())) {
      Exchange exchange = infer(http, json, json.getBytes(StandardCharsets.UTF_8));
      assertIsThree(InferenceAnswer.of(exchange).floats("probabilities"));
    }
  }

  @Test
  void sendsBodiesAsFormsAndReadsErrors() throws IOException {
    String model = "/v2/repository/models/perf/";
    String file = Base64.getEncoder().encodeToString(digitsModel());
    try (RawHttp http = new RawHttp(port())) {
      assertThat(post(http, "/v2/repository/index", "").json().isArray()).isTrue();
      assertThat(
              post(
                      http,
                      model + "load",
                      "{\"parameters\":{\"file:1/model.onnx\":\"" + file + "\"}}")
                  .status())
          .isEqualTo(200);
      assertThat(
              post(http, model + "unload", "{\"parameters\":{\"unload_dependents\":false}}")
                  .status())
          .isEqualTo(200);
      Exchange failed = post(http, model + "load", "");
      assertThat(failed.status()).isEqualTo(404);
      assertThat(failed.json().path("error").asString()).contains("failed to load");
    }
  }
}
