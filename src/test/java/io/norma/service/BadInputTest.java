package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.OperatorSetIdProto;
import io.norma.onnx.proto.TensorProto;
import io.norma.onnx.proto.TensorShapeProto;
import io.norma.onnx.proto.TypeProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong is refused with what was expected and what came, and the service goes on. */
final class BadInputTest extends ServiceTest {
  private static final String INFER = "/v2/models/digits/infer";

  @AfterEach
  void stillAnswers() {
    assertThat(client.post(INFER, example("three.json"), Map.of()).status()).isEqualTo(200);
  }

  private void refuses(String body, int status, String... words) {
    assertError(client.post(INFER, body), status, words);
  }

  private static void assertError(Exchange exchange, int status, String... words) {
    assertThat(exchange.status()).as(exchange.text()).isEqualTo(status);
    assertThat(ExchangeValidator.reason(exchange)).isNotEmpty();
    for (String word : words) {
      assertThat(ExchangeValidator.reason(exchange)).contains(word);
    }
  }

  private static String input(String name, String shape, String dataType, String data) {
    return "{\"inputs\":[{\"name\":\"%s\",\"shape\":%s,\"datatype\":\"%s\",\"data\":%s}]}"
        .formatted(name, shape, dataType, data);
  }

  private static String zeros(int count) {
    return "[" + "0,".repeat(count - 1) + "0]";
  }

  @Test
  void refusesAWrongTensorName() {
    refuses(input("picture", "[1,1,8,8]", "FP32", zeros(64)), 400, "'picture'", "'image'");
  }

  @Test
  void refusesAMissingInput() {
    refuses("{\"inputs\":[]}", 400, "needs input 'image'", "no inputs");
    refuses("{}", 400, "'inputs' is missing");
  }

  @Test
  void refusesAnInputGivenTwice() {
    String once = input("image", "[1,1,8,8]", "FP32", zeros(64));
    String tensor = once.substring(once.indexOf('[') + 1, once.length() - 2);
    refuses("{\"inputs\":[" + tensor + "," + tensor + "]}", 400, "'image' twice");
  }

  @Test
  void refusesAWrongShape() {
    refuses(input("image", "[1,64]", "FP32", zeros(64)), 400, "[-1, 1, 8, 8]", "'image'", "[1,64]");
  }

  @Test
  void refusesAWrongDataType() {
    refuses(
        input("image", "[1,1,8,8]", "FP64", zeros(64)), 400, "datatype FP32", "'image'", "FP64");
    refuses(
        input("image", "[1,1,8,8]", "FP16", zeros(64)), 400, "datatype FP32", "'image'", "FP16");
    refuses(input("image", "[1,1,8,8]", "BYTES", zeros(64)), 400, "BYTES");
  }

  @Test
  void refusesAWrongElementCount() {
    refuses(input("image", "[1,1,8,8]", "FP32", zeros(63)), 400, "needs 64", "has 63");
    refuses(input("image", "[1,1,8,8]", "FP32", zeros(65)), 400, "needs 64", "has 65");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"x\" | \"x\"",
        "null | null",
        "true | true",
        "1e39 | 1e39",
        "{} | an object",
      })
  void refusesAnElementThatIsNoNumber(String element, String named) {
    refuses(
        input("image", "[1,1,8,8]", "FP32", zeros(64).replaceFirst("0,", element + ",")),
        400,
        "element 0",
        "FP32",
        named);
  }

  @Test
  void refusesNestingThatContradictsTheShape() {
    refuses(input("image", "[1,1,8,8]", "FP32", "[" + zeros(64) + "]"), 400, "nested");
    refuses(input("image", "[1,1,8,8]", "FP32", "[[1,2],[3]]"), 400, "differ in length");
  }

  @Test
  void refusesAShapeThatPromisesMoreThanTheBodyHolds() {
    refuses(input("image", "[2147483647,1,1,1]", "FP32", "[0]"), 400, "needs 2147483647");
    refuses(input("image", "[99999,99999,99999,99999]", "FP32", "[0]"), 400, "shape");
  }

  @Test
  void refusesMoreRowsThanAllowed() {
    refuses(input("image", "[101,1,8,8]", "FP32", zeros(101 * 64)), 413, "101 rows", "100");
    refuses(input("image", "[0,1,8,8]", "FP32", "[]"), 400, "no rows");
  }

  @Test
  void refusesUnknownOutputs() {
    refuses(
        new String(example("three.json"), StandardCharsets.UTF_8)
            .replaceFirst("\\{", "{\"outputs\":[{\"name\":\"logits\"}],"),
        400,
        "'logits'",
        "'probabilities'");
  }

  @Test
  void refusesWhatIsNoJson() {
    refuses("{\"inputs\": [", 400, "failed to parse");
    refuses("hello", 400, "failed to parse");
    refuses("[]", 400, "an object");
    refuses("", 400, "no JSON");
    refuses("[".repeat(101), 400, "an object");
    refuses("{\"x\":" + "[".repeat(101) + "]".repeat(101) + ",\"inputs\":[]}", 400, "depth");
    refuses("{\"inputs\":[]} {}", 400, "follows");
  }

  @Test
  void refusesBinarySectionsThatAreTooShortOrTooLong() {
    String json =
        """
        {"inputs":[{"name":"image","shape":[1,1,8,8],"datatype":"FP32",\
        "parameters":{"binary_data_size":256}}]}\
        """;
    String length = Integer.toString(json.length());
    byte[] head = json.getBytes(StandardCharsets.UTF_8);
    Map<String, String> headers = Map.of("Inference-Header-Content-Length", length);
    assertError(
        client.post(INFER, Arrays.copyOf(head, head.length + 255), headers), 400, "256", "255");
    assertError(
        client.post(INFER, Arrays.copyOf(head, head.length + 257), headers), 400, "257", "256");
    assertError(
        client.post(
            INFER,
            Arrays.copyOf(
                json.replace("256", "252").getBytes(StandardCharsets.UTF_8), head.length + 252),
            headers),
        400,
        "256",
        "252");
    assertError(
        client.post(INFER, head, Map.of("Inference-Header-Content-Length", "9999")), 400, "9999");
    assertError(
        client.post(INFER, head, Map.of("Inference-Header-Content-Length", "many")), 400, "many");
  }

  @Test
  void refusesUnknownModelsRoutesAndMethods() {
    Exchange unknown = client.post("/v2/models/cats/infer", example("three.json"), Map.of());
    assertError(unknown, 404);
    assertThat(ExchangeValidator.reason(unknown)).startsWith("Request for unknown model");
    assertError(client.get("/v2/models/cats"), 404, "'cats'");
    assertError(client.get("/v2/models/my%20cats"), 404, "'my cats'");
    assertError(client.get("/v2/nothing"), 404, "/v2/nothing");
    assertError(client.get("/v1/nothing"), 404, "/v1/nothing");
    assertError(client.get(INFER), 405, "GET");
    assertError(client.delete("/v1/models"), 405, "DELETE");
  }

  @Test
  void refusesUnknownRunningStatistics() {
    refuses(
        new String(example("three.json"), StandardCharsets.UTF_8)
            .replaceFirst("\\{", "{\"parameters\":{\"running_statistics\":\"night\"},"),
        404,
        "night",
        "default@1");
  }

  @Test
  void refusesBodiesOverTheLimit() {
    byte[] large = new byte[(1 << 20) + 1];
    Arrays.fill(large, (byte) ' ');
    assertError(client.post(INFER, large, Map.of()), 413, "norma.http.max-request-bytes");
    assertError(client.postChunked(INFER, large), 413, "norma.http.max-request-bytes");
    assertError(
        client.post(INFER, gzip(new byte[50 << 20]), Map.of("Content-Encoding", "gzip")),
        413,
        "after decompression");
    assertError(
        client.put("/v1/models/big/versions/1", new byte[(2 << 20) + 1]),
        413,
        "norma.models.max-upload-bytes");
    assertError(
        client.put("/v1/models/digits/active-running-statistics", large),
        413,
        "norma.http.max-request-bytes");
  }

  private static byte[] gzip(byte[] body) {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return compressed.toByteArray();
  }

  @Test
  void refusesEncodingsItDoesNotKnowOrCannotUndo() {
    byte[] body = example("three.json");
    assertError(client.post(INFER, body, Map.of("Content-Encoding", "br")), 415, "br", "gzip");
    assertError(client.post(INFER, body, Map.of("Content-Encoding", "gzip")), 400, "decompressed");
    assertError(
        client.post(INFER, body, Map.of("Content-Encoding", "deflate")), 400, "decompressed");
  }

  @Test
  void refusesFilesThatAreNoOnnxSayingWhatTheyLookLike() {
    String path = "/v1/models/page/versions/1";
    assertError(
        client.put(path, "<!DOCTYPE html><html>".getBytes(StandardCharsets.UTF_8)),
        400,
        "HTML page");
    assertError(
        client.put(
            path,
            "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
                .getBytes(StandardCharsets.UTF_8)),
        400,
        "Git LFS pointer");
    byte[] model = digitsModel();
    assertError(client.put(path, Arrays.copyOf(model, model.length / 2)), 400);
    assertError(client.put(path, new byte[0]), 400, "empty");
    assertError(client.get("/v1/models/page"), 404);
  }

  @Test
  void refusesUnsupportedOperatorsAllAtOnce() {
    Exchange refused = client.put("/v1/models/exotic/versions/1", unsupportedModel());
    assertError(refused, 422, "first", "second", "Exotic");
    assertThat(refused.json().path("unsupported").size()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/models/..cats/versions/1",
    "/v1/models/-cats/versions/1",
    "/v1/models/cats/versions/0",
    "/v1/models/cats/versions/-1",
    "/v1/models/cats/versions/one"
  })
  void refusesNamesAndVersionsThatAreNone(String path) {
    assertError(client.put(path, digitsModel()), 400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /v2/models/%zz HTTP/1.1",
        "GET /v2/models/a%2Fb HTTP/1.1",
        "GET /v1/models/%00 HTTP/1.1",
        "PUT /v1/normalizers/a%5Cb HTTP/1.1",
        "GET /v1/models/a|b HTTP/1.1"
      })
  void answersBrokenHttpInTheFormOfOtherErrors(String line) throws IOException {
    try (RawHttp http = new RawHttp(port())) {
      assertError(http.exchange(line + "\nHost: localhost", null), 400);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Content-Length: 7~Content-Length: 8 | 400 | no valid HTTP",
        "Content-Length: 7~Content-Length: 7 | 400 | no valid HTTP",
        "Content-Length: 7, 7 | 400 | no valid HTTP",
        "Content-Length: -1 | 400 | no valid HTTP",
        "Content-Length: +7 | 400 | no valid HTTP",
        "Content-Length: seven | 400 | no valid HTTP",
        "Content-Length: 99999999999999999999 | 400 | no valid HTTP",
        "Content-Length : 7 | 400 | no valid HTTP",
        "Content-Length: 7~Bad Header: x | 400 | no valid HTTP",
        "Transfer-Encoding: chunked, gzip | 400 | no valid HTTP",
        "Transfer-Encoding: chunked~Content-Length: 7 | 400 | its chunks are malformed",
        "Transfer-Encoding: bogus | 501 | send a Content-Length, or chunked",
        "Content-Length: 7~Inference-Header-Content-Length: -1 | 400 | number of bytes, but is"
            + " '-1'",
        "Content-Length: 7~Inference-Header-Content-Length: +7 | 400 | number of bytes, but is"
            + " '+7'",
        "Content-Length: 7~Inference-Header-Content-Length: 8 | 400 | is 8, but the body has 7"
            + " bytes",
        "Content-Length: 7~Inference-Header-Content-Length: 99999999999 | 400 | is '99999999999'",
        "Content-Length: 7~Inference-Header-Content-Length: 3~Inference-Header-Content-Length: 7"
            + " | 400 | is there 2 times: [3, 7]",
      })
  void refusesHeadersThatDoNotSayHowLongABodyIs(String headers, int status, String word)
      throws IOException {
    try (RawHttp http = new RawHttp(port())) {
      assertError(
          http.exchange(
              "POST " + INFER + " HTTP/1.1\nHost: localhost\n" + headers.replace('~', '\n'),
              "{\"a\":1}".getBytes(StandardCharsets.US_ASCII)),
          status,
          word);
    }
  }

  @Test
  void answersABodyWithMalformedChunks() throws IOException {
    try (RawHttp http = new RawHttp(port())) {
      assertError(
          http.exchange(
              "POST /v1/normalizations/batch HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked",
              "zz\r\n".getBytes(StandardCharsets.US_ASCII)),
          400,
          "its chunks are malformed");
    }
  }

  @Test
  void takesNoMemoryForATensorThatNobodySends() {
    String json =
        """
        {"mode":"training","input":{"shape":[2147483647],"datatype":"FP32",\
        "parameters":{"binary_data_size":8589934588}}}\
        """;
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    assertError(
        client.post(
            "/v1/normalizations/batch",
            gzip(body),
            Map.of(
                "Content-Encoding",
                "gzip",
                "Inference-Header-Content-Length",
                Integer.toString(body.length))),
        400,
        "needs 8589934588 bytes behind the JSON, but the body has 0 left");
  }

  @Test
  void tellsBackNoMoreThanAReaderNeeds() {
    Exchange refused = client.post(INFER, input("x".repeat(100_000), "[1]", "FP32", "[0]"));
    assertError(refused, 400, "has no input");
    assertThat(refused.body()).hasSizeLessThan(10_000);
  }

  @Test
  void refusesParametersOfTheWrongType() {
    refuses(
        new String(example("three.json"), StandardCharsets.UTF_8)
            .replaceFirst("\\{", "{\"parameters\":{\"binary_data_output\":\"yes\"},"),
        400,
        "'parameters.binary_data_output' must be true or false, but is \"yes\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "/v1/normalizers?limit=abc | an integer from 1 to 1000, but is 'abc'",
        "/v1/normalizers?limit=0 | an integer from 1 to 1000, but is '0'",
        "/v1/normalizers?limit=0x10 | an integer from 1 to 1000, but is '0x10'",
        "/v1/normalizers?limit=1%200 | an integer from 1 to 1000, but is '1 0'",
        "/v1/normalizers?limit=9223372036854775808 | an integer from 1 to 1000, but is '922",
        "/v1/normalizers?limit= | an integer from 1 to 1000, but is ''",
        "/v1/models/digits/active-running-statistics/history?before= | 'before' must be an integer",
        "/v1/models/digits/running-statistics/night/revisions?before=2147483648 | to 2147483647,"
            + " but",
        "/v1/models/digits/running-statistics/compare?from=default@1 | 'to' is missing",
        "/v1/normalizers?limt=3 | did you mean 'limit'? There are after, limit",
        "/v1/normalizers?after=%00 | a character of code 0",
        "/v1/normalizers?limit=1&limit=2 | 'limit' is there twice",
        "/v1/models/digits/running-statistics?limit=x | an integer from 1 to 1000, but is 'x'"
      })
  void refusesQueriesThatItDoesNotUnderstand(String path, String word) {
    assertError(client.get(path), 400, word);
  }

  @Test
  void writesProblemsInTheOrderOfTheirSpecification() {
    Exchange refused = client.get("/v1/normalizers?limt=3");
    assertThat(new String(refused.body(), StandardCharsets.UTF_8))
        .matches(
            "\\{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,"
                + "\"detail\":\".*\",\"instance\":\"/v1/normalizers\",\"fields\":\\[\"limt\"]}");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /v1/models/digits?versions=all, versions",
    "GET, /v1/models/digits?verbose, verbose",
    "GET, /v1/models/digits/versions/1?x=, x",
    "GET, /v1/models/digits/drift?window=1m, window",
    "GET, /v1/models/digits/running-statistics/default?format=json, format",
    "DELETE, /v1/models/none?force=true, force",
    "DELETE, /v1/normalizers/none?%66orce=true, force",
    "POST, /v1/normalizations/batch?mode=training, mode",
    "POST, /v1/normalizations/layer/gradient?axis=1, axis",
    "POST, /v1/models/digits/active-running-statistics/rollback?to=1, to",
    "PUT, /v1/models/none/versions/1?overwrite=true, overwrite"
  })
  void refusesQueryParametersThatARouteDoesNotHave(String method, String path, String name) {
    byte[] body = method.equals("POST") || method.equals("PUT") ? new byte[] {'{', '}'} : null;
    Exchange refused = client.send(method, path, Map.of(), body);
    assertError(refused, 400, "there is no query parameter '" + name + "'", "there are none");
    assertThat(refused.json().at("/fields/0").asString()).isEqualTo(name);
  }

  @Test
  void passesOverQueryParametersThatClientsOfTheV2ProtocolAdd() {
    assertThat(client.get("/v2/models/digits?trace=1").status()).isEqualTo(200);
    assertThat(client.get("/v2/health/ready?x=%00").status()).isEqualTo(200);
    assertThat(client.post(INFER + "?tenant=a&tenant=b", example("three.json"), Map.of()).status())
        .isEqualTo(200);
    assertThat(client.get("/actuator/health?x=1").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"mode\": 3} | mode | one of [training, inference], but is 3",
        "{\"mode\": \"train\"} | mode | but is \"train\"",
        "{\"mode\": true} | mode | but is true",
        "{\"mode\": [1]} | mode | but is an array",
        "{\"mode\": {}} | mode | but is an object",
        "{\"mode\": \"a\\\"\\nb\"} | mode | but is \"a\\\"\\nb\"",
        "{\"mode\": \"training\", \"epsilon\": \"1e-5\"} | epsilon | a number, but is \"1e-5\"",
        "{\"mode\": \"training\", \"epsilon\": false} | epsilon | a number, but is false",
        "{\"mode\": \"training\", \"channel_axis\": \"1\"} | channel_axis | but is \"1\"",
        "{\"mode\": \"training\", \"channel_axis\": 1.5} | channel_axis | but is 1.5",
        "{\"mode\": \"training\", \"channel_axis\": 1e30} | channel_axis | but is 1.0E30",
        "{\"mode\": \"training\", \"input\": 24} | input | data, but is 24",
        "{\"mode\": \"training\", \"input\": \"24\"} | input | data, but is \"24\""
      })
  void showsWhatCameAsItCame(String body, String field, String word) {
    Exchange refused = client.post("/v1/normalizations/batch", body);
    assertError(refused, 400, word);
    assertThat(refused.json().at("/fields/0").asString()).isEqualTo(field);
  }

  @Test
  void showsTheBeginningOfALongText() {
    Exchange refused =
        client.post("/v1/normalizations/batch", "{\"mode\": \"" + "x".repeat(10_000) + "\"}");
    assertError(refused, 400, "but is \"xxx", "…\"");
    assertThat(refused.body()).hasSizeLessThan(500);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | set | is missing",
        "{\"sett\": \"x\"} | sett | did you mean 'set'",
        "{\"set\": 1} | set | must be text, but is 1",
        "{\"set\": \"x\", \"revison\": 2} | revison | did you mean 'revision'?",
        "{\"set\": \"x\", \"revision\": 0} | revision | an integer from 1 to",
        "{\"set\": \"x\", \"revision\": 1.5} | revision | must be an integer, but is 1.5"
      })
  void namesTheFieldOfAnActivationThatItRefuses(String body, String field, String word) {
    Exchange refused =
        client.put(
            "/v1/models/digits/active-running-statistics", body.getBytes(StandardCharsets.UTF_8));
    assertError(refused, 400, word);
    assertThat(refused.json().at("/fields/0").asString()).isEqualTo(field);
  }

  private static byte[] unsupportedModel() {
    ValueInfoProto.Builder value =
        ValueInfoProto.newBuilder()
            .setType(
                TypeProto.newBuilder()
                    .setTensorType(
                        TypeProto.Tensor.newBuilder()
                            .setElemType(TensorProto.DataType.FLOAT_VALUE)
                            .setShape(
                                TensorShapeProto.newBuilder()
                                    .addDim(
                                        TensorShapeProto.Dimension.newBuilder().setDimValue(2)))));
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
        .setGraph(
            GraphProto.newBuilder()
                .setName("exotic")
                .addNode(
                    NodeProto.newBuilder()
                        .setName("first")
                        .setOpType("Exotic")
                        .addInput("x")
                        .addOutput("h"))
                .addNode(
                    NodeProto.newBuilder()
                        .setName("second")
                        .setOpType("Exotic")
                        .addInput("h")
                        .addOutput("y"))
                .addInput(value.clone().setName("x"))
                .addOutput(value.clone().setName("y")))
        .build()
        .toByteArray();
  }
}
