package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that are to be JSON, and are written in another way. */
final class JsonBodyTest extends ServiceTest {
  private static final String INFER = "/v2/models/digits/infer";
  private static final String BATCH = "/v1/normalizations/batch";
  private static final String STREAM = BATCH + "/stream";
  private static final String LENGTH = "Inference-Header-Content-Length";
  private static final String ROWS = "{\"shape\": [-1,2], \"datatype\": \"FP32\"}";
  private static final String EMPTY_BATCH =
      "{\"mode\":\"training\",\"input\":{\"shape\":[1,1],\"datatype\":\"FP32\",\"data\":[1]}}";

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

  @ParameterizedTest
  @CsvSource({
    "UTF-16, UTF-16",
    "UTF-16BE, UTF-16",
    "UTF-16LE, UTF-16",
    "x-UTF-16LE-BOM, UTF-16",
    "UTF-32BE, UTF-32",
    "UTF-32LE, UTF-32",
    "X-UTF-32BE-BOM, UTF-32",
    "X-UTF-32LE-BOM, UTF-32"
  })
  void refusesJsonThatIsNotInUtf8(String charset, String named) {
    Charset written = Charset.forName(charset);
    byte[] request = new String(example("three.json"), StandardCharsets.UTF_8).getBytes(written);
    assertRefused(client.post(INFER, request, Map.of()), 400, named, "UTF-8");
    String length = Integer.toString(request.length);
    assertRefused(client.post(INFER, request, Map.of(LENGTH, length)), 400, named, "UTF-8");
    byte[] object = " {}".getBytes(written);
    assertRefused(client.post(BATCH, object, Map.of()), 400, named, "UTF-8");
    assertRefused(
        client.post(BATCH, object, Map.of(LENGTH, Integer.toString(object.length))),
        400,
        named,
        "UTF-8");
    assertRefused(client.post(STREAM, object, Map.of()), 400, named, "UTF-8");
    assertRefused(client.post("/v2/repository/index", object, Map.of()), 400, named, "UTF-8");
    assertRefused(
        client.send(
            "PUT",
            "/v1/models/digits/running-statistics/night",
            Map.of("Content-Type", "application/json"),
            object),
        400,
        named,
        "UTF-8");
  }

  /** The parser knows them, and gives up on them before it has begun. */
  @ParameterizedTest
  @ValueSource(strings = {"00007B00", "007B0000", "0000FFFE", "00000100", "FEFF0000"})
  void refusesBytesInAnOrderThatNobodyUses(String begin) {
    byte[] body = HexFormat.of().parseHex(begin + "00007D00");
    for (String path : List.of(INFER, BATCH, STREAM, "/v2/repository/index")) {
      assertRefused(client.post(path, body, Map.of()), 400, "UTF-8");
    }
    assertRefused(
        client.post(INFER, body, Map.of(LENGTH, Integer.toString(body.length))), 400, "UTF-8");
    assertRefused(
        client.send(
            "PUT",
            "/v1/models/digits/running-statistics/night",
            Map.of("Content-Type", "application/json"),
            body),
        400,
        "UTF-8");
  }

  @ParameterizedTest
  @ValueSource(strings = {"utf-16", "ISO-8859-1", "\"windows-1252\"", "no-such"})
  void refusesJsonOfAnotherCharset(String charset) {
    Map<String, String> headers = Map.of("Content-Type", "application/json; charset=" + charset);
    Map<String, String> inBinary = new HashMap<>(headers);
    inBinary.put(LENGTH, "2");
    byte[] body = bytes("{}");
    String name = charset.replace("\"", "");
    for (String path :
        new String[] {
          INFER,
          BATCH,
          STREAM,
          "/v1/normalizations/group",
          "/v1/normalizers/none/apply",
          "/v2/repository/index",
          "/v2/repository/models/digits/load",
          "/v1/models/digits/running-statistics/compare?from=default@1&to=default@1"
        }) {
      assertRefused(client.post(path, body, headers), 415, name, "UTF-8");
      if (path.contains("normalization") || path.equals(INFER)) {
        assertRefused(client.post(path, body, inBinary), 415, name, "UTF-8");
      }
    }
    for (String path :
        new String[] {
          "/v1/models/digits/running-statistics/night",
          "/v1/models/digits/active-running-statistics"
        }) {
      assertRefused(client.send("PUT", path, headers, body), 415, name, "UTF-8");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "text/plain; charset=us-ascii",
        "application/x-www-form-urlencoded",
        "nonsense"
      })
  void takesJsonOfAnyTypeInUtf8(String type) {
    assertThat(client.post(INFER, example("three.json"), Map.of("Content-Type", type)).status())
        .isEqualTo(200);
  }

  @Test
  void takesAnUploadOfAnyCharset() {
    assertRefused(
        client.send(
            "PUT",
            "/v1/models/page/versions/1",
            Map.of("Content-Type", "application/octet-stream; charset=utf-16"),
            bytes("<!DOCTYPE html>")),
        400,
        "HTML");
  }

  @Test
  void passesOverAByteOrderMarkOfUtf8() {
    byte[] mark = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
    assertThat(client.post(INFER, concat(mark, example("three.json")), Map.of()).status())
        .isEqualTo(200);
    byte[] dataFirst =
        bytes(
            """
            {"inputs":[{"data":%s,"datatype":"FP32","shape":[1,1,8,8],"name":"image"}]}\
            """
                .formatted(DigitThree.json()));
    DigitThree.assertIsThree(
        InferenceAnswer.of(client.post(INFER, concat(mark, dataFirst), Map.of()))
            .floats("probabilities"));
    byte[] binary =
        concat(
            mark,
            DigitThree.behind(
                """
                {"inputs":[{"name":"image","shape":[1,1,8,8],"datatype":"FP32",\
                "parameters":{"binary_data_size":256}}]}\
                """));
    DigitThree.assertIsThree(
        InferenceAnswer.of(
                client.post(INFER, binary, Map.of(LENGTH, Integer.toString(binary.length - 256))))
            .floats("probabilities"));
    assertThat(client.post("/v2/repository/index", concat(mark, bytes("{}")), Map.of()).status())
        .isEqualTo(200);
    assertRefused(
        client.post(BATCH, concat(mark, bytes(EMPTY_BATCH)), Map.of()),
        400,
        "more than 1 value per channel");
  }

  @Test
  void namesTheHeaderThatABinaryBodyLacks() {
    byte[] floats = new byte[64 * 4];
    Arrays.fill(floats, (byte) 0x3f);
    String[] words = {LENGTH, "bytes"};
    Map<String, String> binary = Map.of("Content-Type", "application/octet-stream");
    assertRefused(client.post(INFER, floats, binary), 400, words);
    assertRefused(client.post(BATCH, floats, binary), 400, words);
    assertRefused(client.post(STREAM, floats, binary), 400, words);
    assertRefused(client.post(INFER, new byte[256], Map.of()), 400, words);
  }

  @Test
  void namesTheHeaderThatSaysWhereTheTensorsBegin() {
    String infer =
        """
        {"inputs":[{"name":"image","shape":[1,1,8,8],"datatype":"FP32",\
        "parameters":{"binary_data_size":256}}]}\
        """;
    String batch =
        """
        {"mode":"training","input":{"shape":[2,1],"datatype":"FP32",\
        "parameters":{"binary_data_size":8}}}\
        """;
    String[] words = {LENGTH, "bytes"};
    assertRefused(client.post(INFER, DigitThree.behind(infer), Map.of()), 400, words);
    assertRefused(client.post(INFER, infer), 400, words);
    assertRefused(client.post(BATCH, concat(bytes(batch), new byte[8]), Map.of()), 400, words);
    assertRefused(client.post(BATCH, batch), 400, words);
    assertRefused(client.post(STREAM, concat(bytes(ROWS), new byte[16]), Map.of()), 400, words);
  }
}
