package io.norma.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.service.Exchange;
import io.norma.service.ExchangeValidator;
import io.norma.service.ServiceTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers are compressed as the client accepts it (RFC 9110, section 12.5.3). */
final class AcceptEncodingTest extends ServiceTest {
  private static final String INFER = "/v2/models/digits/infer";
  private static final byte[] LARGE =
      ("{\"inputs\":[{\"name\":\"image\",\"shape\":[33,1,8,8],\"datatype\":\"FP32\",\"data\":["
              + "0,".repeat(33 * 64 - 1)
              + "0]}]}")
          .getBytes(StandardCharsets.UTF_8);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gzip | gzip",
        "GZIP | gzip",
        "x-gzip | gzip",
        "deflate | deflate",
        "deflate, gzip | gzip",
        "* | gzip",
        "gzip;q=0.001 | gzip",
        "gzip ; q=1.0 , br | gzip",
        "gzip;q=0.2, deflate;q=0.8 | deflate",
        "gzip;q=0, * | deflate",
        "gzip;q=0, * ;q=0.5 | deflate",
        "*;q=0, deflate | deflate",
        "identity;q=0.5, gzip;q=0.5 | gzip",
        "identity;q=0, gzip | gzip",
        "identity;q=0, * | gzip",
        "br;q=1.0, gzip;q=0.8, *;q=0.1 | gzip",
        "gzip;q=0 | ''",
        "gzip;Q=0 | ''",
        "gzip; q=0.000 | ''",
        "gzip;q=0, deflate;q=0 | ''",
        "identity;q=1, *;q=0 | ''",
        "identity, gzip;q=0.5 | ''",
        "br | ''",
        "gzip;q=high | ''",
        "gzip;q=2 | ''",
        "'' | ''"
      })
  void compressesLargeAnswersAsTheClientAcceptsIt(String accepted, String coding)
      throws IOException {
    byte[] plain = client.post(INFER, LARGE, Map.of()).body();
    Exchange answer = client.post(INFER, LARGE, Map.of("Accept-Encoding", accepted));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Encoding")).isEqualTo(coding);
    assertThat(answer.header("Vary")).isEqualTo("Accept-Encoding");
    assertThat(plain(answer.body(), coding)).isEqualTo(plain);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gzip | ''",
        "* | ''",
        "gzip, identity;q=0.5 | ''",
        "identity;q=0, gzip | gzip",
        "*;q=0, deflate | deflate"
      })
  void compressesSmallAnswersOnlyWhereTheClientRefusesThemPlain(String accepted, String coding)
      throws IOException {
    byte[] plain = client.post(INFER, example("three.json"), Map.of()).body();
    Exchange answer =
        client.post(INFER, example("three.json"), Map.of("Accept-Encoding", accepted));
    assertThat(answer.header("Content-Encoding")).isEqualTo(coding);
    assertThat(plain(answer.body(), coding)).isEqualTo(plain);
  }

  private static byte[] plain(byte[] body, String coding) throws IOException {
    InputStream bytes = new ByteArrayInputStream(body);
    return switch (coding) {
      case "gzip" -> new GZIPInputStream(bytes).readAllBytes();
      case "deflate" -> new InflaterInputStream(bytes).readAllBytes();
      default -> body;
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"*;q=0", "identity;q=0", "identity;q=0, br", "gzip;q=0, *;q=0"})
  void refusesWhereNothingIsAcceptedAndChangesNothing(String accepted) {
    Map<String, String> headers = Map.of("Accept-Encoding", accepted);
    Exchange refused = client.post(INFER, example("three.json"), headers);
    assertThat(refused.status()).as(refused.text()).isEqualTo(406);
    assertThat(ExchangeValidator.reason(refused)).contains(accepted, "gzip", "deflate");
    String normalizer = "/v1/normalizers/not-acceptable";
    byte[] settings = "{\"channels\": 1}".getBytes(StandardCharsets.UTF_8);
    assertThat(client.send("PUT", normalizer, headers, settings).status()).isEqualTo(406);
    assertThat(client.get(normalizer).status()).isEqualTo(404);
  }
}
