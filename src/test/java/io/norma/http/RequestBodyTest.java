package io.norma.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.service.Exchange;
import io.norma.service.ExchangeValidator;
import io.norma.service.ServiceTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that end too early or are damaged. */
final class RequestBodyTest extends ServiceTest {
  private static final String INFER = "/v2/models/digits/infer";
  private static final String STREAM = "/v1/normalizations/batch/stream";
  private static final String LENGTH = "Inference-Header-Content-Length";
  private static final String ROWS = "{\"shape\": [-1,2], \"datatype\": \"FP32\"}";

  private static void assertRefused(Exchange exchange, int status, String... words) {
    assertThat(exchange.status()).as(exchange.text()).isEqualTo(status);
    assertThat(ExchangeValidator.reason(exchange)).contains(words);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] compress(String encoding, byte[] plain) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream stream =
        encoding.equals("gzip") ? new GZIPOutputStream(bytes) : new DeflaterOutputStream(bytes)) {
      stream.write(plain);
    }
    return bytes.toByteArray();
  }

  private Exchange compressed(String encoding, byte[] body) {
    return client.post(INFER, body, Map.of("Content-Encoding", encoding));
  }

  @Test
  void tellsThatAStreamOfRowsEndsWithinAnElement() {
    Exchange refused =
        client.post(
            STREAM,
            concat(bytes(ROWS), new byte[10]),
            Map.of(LENGTH, Integer.toString(ROWS.length())));
    assertRefused(refused, 400, "10 bytes follow the JSON", "FP32", "4 bytes");
    assertThat(refused.text()).doesNotContain("decompress");
  }

  @Test
  void tellsThatAStreamOfRowsEndsWithinARow() {
    Exchange refused =
        client.post(
            STREAM,
            concat(bytes(ROWS), new byte[12]),
            Map.of(LENGTH, Integer.toString(ROWS.length())));
    assertRefused(refused, 400, "12 bytes follow the JSON", "a row of 2 elements", "8 bytes");
  }

  @Test
  void tellsThatCompressedRowsEndWithinAnElement() throws IOException {
    Exchange refused =
        client.post(
            STREAM,
            compress("gzip", concat(bytes(ROWS), new byte[10])),
            Map.of(LENGTH, Integer.toString(ROWS.length()), "Content-Encoding", "gzip"));
    assertRefused(refused, 400, "10 bytes follow the JSON");
    assertThat(refused.text()).doesNotContain("decompress");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate"})
  void tellsThatCompressedDataEndTooEarly(String encoding) throws IOException {
    byte[] whole = compress(encoding, example("three.json"));
    for (int length = 1; length < whole.length; length++) {
      if (length < 24 || length > whole.length - 12 || length % 50 == 0) {
        assertRefused(
            compressed(encoding, Arrays.copyOf(whole, length)),
            400,
            "cannot be decompressed",
            "ends too early",
            length + " bytes");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate"})
  void refusesDamagedCompressedData(String encoding) throws IOException {
    byte[] whole = compress(encoding, example("three.json"));
    byte[] checksum = whole.clone();
    checksum[whole.length - (encoding.equals("gzip") ? 8 : 1)] ^= 1;
    assertRefused(compressed(encoding, checksum), 400, "cannot be decompressed", "damaged");
    byte[] middle = whole.clone();
    Arrays.fill(middle, whole.length / 2, whole.length / 2 + 8, (byte) 0xFF);
    assertRefused(compressed(encoding, middle), 400, "cannot be decompressed", encoding);
    byte[] head = whole.clone();
    head[0] = 0;
    assertRefused(compressed(encoding, head), 400, "cannot be decompressed", encoding);
  }

  @Test
  void takesGzipOfSeveralMembers() throws IOException {
    byte[] plain = example("three.json");
    for (int cut : new int[] {0, 1, plain.length / 2, plain.length - 1, plain.length}) {
      byte[] members =
          concat(
              compress("gzip", Arrays.copyOf(plain, cut)),
              compress("gzip", Arrays.copyOfRange(plain, cut, plain.length)));
      assertThat(compressed("gzip", members).status()).as("cut at %d", cut).isEqualTo(200);
    }
  }

  @Test
  void takesABodyOfNoBytesForNoneWhateverItsEncoding() {
    for (String encoding : new String[] {"gzip", "deflate", "identity"}) {
      Map<String, String> headers = Map.of("Content-Encoding", encoding);
      assertRefused(client.post(INFER, new byte[0], headers), 400, "no JSON");
      assertRefused(client.postChunked(INFER, new byte[0], headers), 400, "no JSON");
      assertThat(client.postChunked("/v2/repository/index", new byte[0], headers).status())
          .isEqualTo(200);
    }
  }

  @Test
  void tellsThatACompressedUploadIsDamaged() throws IOException {
    byte[] whole = compress("gzip", digitsModel());
    assertRefused(
        client.send(
            "PUT",
            "/v1/models/damaged/versions/1",
            Map.of("Content-Encoding", "gzip"),
            Arrays.copyOf(whole, whole.length / 2)),
        400,
        "cannot be decompressed",
        "ends too early");
    byte[] index = compress("gzip", bytes("{\"ready\": true}"));
    assertRefused(
        client.post(
            "/v2/repository/index",
            Arrays.copyOf(index, index.length - 9),
            Map.of("Content-Encoding", "gzip")),
        400,
        "cannot be decompressed",
        "ends too early");
  }
}
