package io.norma.service;

import static io.norma.service.DigitThree.assertIsThree;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/**
 * The bytes that KServe's Python client ({@code kserve.InferenceRESTClient}, on httpx) sends with
 * protocol v2, and its way to read the answers: JSON without a Content-Type, or binary tensors with
 * one; an id and the model's name in every request; answers compressed where they are large.
 */
final class KServeClientTest extends ServiceTest {
  private static final String HEADERS =
      """
      Host: localhost:PORT
      Accept: */*
      Accept-Encoding: gzip, deflate
      Connection: keep-alive
      User-Agent: python-httpx/0.28.1
      """;
  private static final String ID = "0b1a2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d";

  private static Exchange get(RawHttp http, String path) throws IOException {
    return http.exchange("GET " + path + " HTTP/1.1\n" + HEADERS, null);
  }

  private static Exchange post(RawHttp http, String path, String headers, byte[] body)
      throws IOException {
    return http.exchange(
        "POST %s HTTP/1.1%n%s%sContent-Length: %d%n".formatted(path, HEADERS, headers, body.length),
        body);
  }

  private static Exchange infer(RawHttp http, String model, String inputs) throws IOException {
    String json =
        "{\"id\":\"%s\",\"model_name\":\"%s\",\"inputs\":[%s]}".formatted(ID, model, inputs);
    return post(http, "/v2/models/" + model + "/infer", "", json.getBytes(StandardCharsets.UTF_8));
  }

  private static String image() {
    return "{\"name\":\"image\",\"shape\":[1,1,8,8],\"datatype\":\"FP32\",\"data\":"
        + DigitThree.json()
        + "}";
  }

  @Test
  void infersInJson() throws IOException {
    try (RawHttp http = new RawHttp(port())) {
      Exchange exchange = infer(http, "digits", image());
      InferenceAnswer answer = InferenceAnswer.of(exchange);
      assertThat(answer.json().path("id").asString()).isEqualTo(ID);
      assertThat(answer.json().path("model_name").asString()).isEqualTo("digits");
      assertIsThree(answer.floats("probabilities"));
    }
  }

  @Test
  void infersInBinaryWithParametersOfItsOwn() throws IOException {
    String json =
        """
        {"id":"%s","model_name":"digits","inputs":[{"name":"image","shape":[1,1,8,8],\
        "datatype":"FP32","parameters":{"binary_data_size":256}}],\
        "outputs":[{"name":"probabilities","parameters":{"binary_data":true}}],\
        "parameters":{"content_type":"np","trace":false}}\
        """
            .formatted(ID);
    String headers =
        "inference-header-content-length: %d%ncontent-type: application/octet-stream%n"
            .formatted(json.length());
    try (RawHttp http = new RawHttp(port())) {
      Exchange exchange = post(http, "/v2/models/digits/infer", headers, DigitThree.behind(json));
      assertThat(exchange.header("inference-header-content-length")).isNotEmpty();
      assertIsThree(InferenceAnswer.of(exchange).floats("probabilities"));
    }
  }

  @Test
  void readsLargeAnswersCompressed() throws IOException {
    String images =
        "{\"name\":\"image\",\"shape\":[90,1,8,8],\"datatype\":\"FP32\",\"data\":[%s0]}"
            .formatted("0,".repeat(90 * 64 - 1));
    try (RawHttp http = new RawHttp(port())) {
      Exchange exchange = infer(http, "digits", images);
      assertThat(exchange.header("content-encoding")).isEqualTo("gzip");
      assertThat(InferenceAnswer.of(exchange).floats("probabilities")).hasSize(900);
    }
  }

  @Test
  void readsReadinessOutOfTheBodyForTheServerAndOutOfTheStatusForAModel() throws IOException {
    try (RawHttp http = new RawHttp(port())) {
      assertThat(get(http, "/v2/health/live").json().path("live").asBoolean()).isTrue();
      assertThat(get(http, "/v2/health/ready").json().path("ready").asBoolean()).isTrue();
      assertThat(get(http, "/v2/models/digits/ready").status()).isEqualTo(200);
      assertThat(get(http, "/v2/models/cats/ready").status()).isEqualTo(404);
    }
  }

  /** It looks for the message only where the type is this one to the letter. */
  @Test
  void readsErrorsOfTheTypeJsonWithoutACharacterSet() throws IOException {
    try (RawHttp http = new RawHttp(port())) {
      for (Exchange failed :
          new Exchange[] {
            infer(http, "cats", image()), infer(http, "digits", image().replace("[1,1,8,8]", "[2]"))
          }) {
        assertThat(failed.status()).isGreaterThanOrEqualTo(400);
        assertThat(failed.header("content-type")).isEqualTo("application/json");
        assertThat(failed.json().path("error").asString()).isNotEmpty();
      }
      assertThat(infer(http, "digits", image()).status()).isEqualTo(200);
    }
  }
}
