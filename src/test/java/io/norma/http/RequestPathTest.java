package io.norma.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.service.Exchange;
import io.norma.service.ServiceTest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is decided by a request's path is decided by the path that its route is found by. */
final class RequestPathTest extends ServiceTest {
  private static final int MORE_THAN_A_REQUEST = 3 << 19;

  @ParameterizedTest
  @CsvSource({
    "/v2/models/x, '', true",
    "/v2, '', true",
    "/v2/, '', true",
    "/%76%32/models/x, '', true",
    "/v2;a=b/models/x, '', true",
    "/v2%2Fmodels/x, '', true",
    "/v2/models/%zz, '', true",
    "/v2x/models, '', false",
    "/v1/v2/x, '', false",
    "'', '', false",
    "/norma/v2/models/x, /norma, true",
    "/norma/%762/models/x, /norma, true",
    "/norma/v1/models/x, /norma, false",
    "/v2/models/x, /norma, false",
    "/normal/v2/x, /norma, false",
    "/v2/v1/models, /v2, false",
    "/v2/v2/models, /v2, true"
  })
  void isOfTheV2Protocol(String written, String contextPath, boolean expected) {
    assertThat(RequestPath.of(written, contextPath).isV2()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/%76%32/models/none",
        "/v2;x=1/models/none",
        "/v2/models;x=1/none/versions/1",
        "/%762/models/none/config"
      })
  void answersErrorsOfTheV2ProtocolHoweverItsPathIsWritten(String path) {
    Exchange unknown = client.get(path);
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.json().path("error").asString()).contains("'none'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/models/a%2Db/versions/1",
        "/v1/%6dodels/a/versions/1",
        "/%76%31/models/a/versions/1",
        "/v1/models/a/versions;x=1/1",
        "/v1/models;x=/a/versions/1"
      })
  void takesUploadsUpToTheirOwnLimitHoweverTheirPathIsWritten(String path) {
    Exchange refused = client.put(path, new byte[MORE_THAN_A_REQUEST]);
    assertThat(refused.status()).as(refused.text()).isEqualTo(400);
  }

  @Test
  void takesStreamsOfAnyLengthHoweverTheirPathIsWritten() {
    byte[] json = "{\"shape\": [-1,2], \"datatype\": \"FP32\"}".getBytes(StandardCharsets.UTF_8);
    byte[] body = Arrays.copyOf(json, json.length + MORE_THAN_A_REQUEST);
    Exchange answer =
        client.post(
            "/v1/normalizations/%62atch;x=1/stream",
            body, Map.of("Inference-Header-Content-Length", Integer.toString(json.length)));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.json().path("count").asInt()).isEqualTo(MORE_THAN_A_REQUEST / 8);
  }

  @Test
  void namesTheInstanceOfAProblemAsTheClientWroteIt() {
    assertThat(client.get("/v1/models/my%20none").json().path("instance").asString())
        .isEqualTo("/v1/models/my%20none");
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/models/a|b, /v1/models/a%7Cb",
    "/v1/models/%zz%, /v1/models/%25zz%25",
    "/v1/models/%7cb;x=1/é, /v1/models/%7cb;x=1/%E9"
  })
  void namesAnInstanceThatIsAReferenceWhateverTheClientWrote(String written, String instance) {
    String reference = RequestPath.of(written, "").reference();
    assertThat(reference).isEqualTo(instance);
    assertThat(URI.create(reference).getRawPath()).isEqualTo(instance);
  }
}
