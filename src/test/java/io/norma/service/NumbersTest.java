package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.http.BinaryTensorHeader;
import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.proto.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers of other types than a model's, and those that JSON does not have; y = x. */
final class NumbersTest extends ServiceTest {
  private static final String INFER = "/v2/models/number-%s/infer";

  @BeforeEach
  void upload() {
    upload("fp32", TensorProto.DataType.FLOAT_VALUE);
    upload("fp64", TensorProto.DataType.DOUBLE_VALUE);
    upload("fp16", TensorProto.DataType.FLOAT16_VALUE);
    upload("int64", TensorProto.DataType.INT64_VALUE);
  }

  private void upload(String name, int type) {
    byte[] model =
        OnnxBuilder.operatorSet(17)
            .input(OnnxBuilder.declaration("x", type, -1, 2))
            .node("same", "Identity", List.of("x"), List.of("y"))
            .output(OnnxBuilder.declaration("y", type, -1, 2))
            .bytes();
    assertThat(client.put("/v1/models/number-" + name + "/versions/1", model).status())
        .isBetween(200, 201);
  }

  private static String request(String type, String data, String parameters) {
    return """
    {"parameters": {%s}, "inputs": [{"name": "x", "shape": [1, 2], "datatype": "%s", "data": %s}]}
    """
        .formatted(parameters, type, data);
  }

  /** Past the contract's schemas: the body is no JSON. */
  private Exchange bare(String model, String json) {
    return client.post(
        INFER.formatted(model),
        json.getBytes(StandardCharsets.UTF_8),
        Map.of(BinaryTensorHeader.NAME, Integer.toString(json.length())));
  }

  private static String data(Exchange answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json().at("/outputs/0/data").toString();
  }

  private static void assertRefused(Exchange refused, String... words) {
    assertThat(refused.status()).as(refused.text()).isEqualTo(400);
    assertThat(ExchangeValidator.reason(refused)).contains(words);
  }

  /** 16777217 lies between two FP32, as near to either: the even one is 16777216. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "fp32 | FP64 | [0.1, 16777217] | [0.1,1.6777216E7]",
        "fp32 | FP64 | [1e-60, -2.5] | [0.0,-2.5]",
        "fp32 | FP16 | [0.5, 2049] | [0.5,2048.0]",
        "fp32 | BF16 | [0.5, 257] | [0.5,256.0]",
        "fp64 | FP32 | [0.5, 0.1] | [0.5,0.10000000149011612]",
        "fp16 | FP64 | [0.5, 3] | [0.5,3.0]",
        "fp16 | BF16 | [0.5, 3] | [0.5,3.0]",
        "int64 | INT64 | [1, 2] | [1,2]",
      })
  void convertsRealNumbersWhereTheRequestSaysSo(
      String model, String type, String given, String answered) {
    Exchange answer =
        client.post(INFER.formatted(model), request(type, given, "\"convert_inputs\": true"));

    assertThat(data(answer)).isEqualTo(answered);
  }

  @Test
  void convertsNumbersBehindTheJson() {
    String json =
        """
        {"parameters": {"convert_inputs": true}, "inputs": [{"name": "x", "shape": [1, 2], \
        "datatype": "FP64", "parameters": {"binary_data_size": 16}}]}\
        """;
    ByteBuffer body =
        ByteBuffer.allocate(json.length() + 16)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(json.getBytes(StandardCharsets.UTF_8))
            .putDouble(1.5)
            .putDouble(Double.NEGATIVE_INFINITY);

    Exchange answer =
        client.post(
            INFER.formatted("fp32"),
            body.array(),
            Map.of(BinaryTensorHeader.NAME, Integer.toString(json.length())));

    assertThat(data(answer)).isEqualTo("[1.5,\"-Infinity\"]");
  }

  @Test
  void namesTheParameterWhereItRefusesAnotherType() {
    assertRefused(
        client.post(INFER.formatted("fp32"), request("FP64", "[1, 2]", "")),
        "expects datatype FP32 for input 'x', got FP64; with the request's parameter"
            + " 'convert_inputs': true it is converted");
    assertRefused(
        client.post(
            INFER.formatted("fp32"), request("FP64", "[1, 2]", "\"convert_inputs\": false")),
        "got FP64; with");
    assertRefused(
        client.post(INFER.formatted("fp32"), request("FP64", "[1, 2]", "\"convert_inputs\": 1")),
        "'parameters.convert_inputs' must be true or false, but is 1");
    assertRefused(
        client.post(INFER.formatted("fp32"), request("FP64", "[1, 2]", "\"convert_input\": true")),
        "did you mean 'convert_inputs'?");
  }

  @Test
  void refusesWhatNoConversionMakesTheSame() {
    String convert = "\"convert_inputs\": true";

    assertRefused(
        client.post(INFER.formatted("fp32"), request("FP64", "[0, 1e39]", convert)),
        "input 'x': element 1 is 1.0E39, which FP32 does not have");
    Exchange integers = client.post(INFER.formatted("fp32"), request("INT64", "[1, 2]", convert));
    assertRefused(integers, "expects datatype FP32 for input 'x', got INT64");
    assertThat(integers.text()).doesNotContain("convert_inputs");
    assertRefused(
        client.post(INFER.formatted("int64"), request("FP64", "[1, 2]", convert)),
        "expects datatype INT64");
  }

  /** What {@code json.dumps} of Python makes of them, and Triton's other spellings. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "fp32 | FP32 | [NaN, 1] | [\"NaN\",1.0]",
        "fp32 | FP32 | [Infinity, -Infinity] | [\"Infinity\",\"-Infinity\"]",
        "fp32 | FP32 | [Inf, -Inf] | [\"Infinity\",\"-Infinity\"]",
        "fp32 | FP32 | [[-NaN,Inf]] | [\"NaN\",\"Infinity\"]",
        "fp64 | FP64 | [ NaN , -Inf] | [\"NaN\",\"-Infinity\"]",
        "fp16 | FP16 | [Inf, NaN] | [\"Infinity\",\"NaN\"]",
        "fp32 | FP32 | [\"NaN\", Inf] | [\"NaN\",\"Infinity\"]",
      })
  void takesNumbersThatAreNotFiniteWithoutQuotes(
      String model, String type, String given, String answered) {
    assertThat(data(bare(model, request(type, given, "")))).isEqualTo(answered);
  }

  @Test
  void takesThemWhereverTheDataStand() {
    String early =
        "{\"inputs\":[{\"data\":[Inf,2],\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,2]}]}";
    String text = request("FP32", "[NaN,1]", "").replaceFirst("\\{", "{\"id\":\"a\\\\\"Inf NaN\",");

    assertThat(data(bare("fp32", early))).isEqualTo("[\"Infinity\",2.0]");
    assertThat(bare("fp32", text).json().path("id").asString()).isEqualTo("a\"Inf NaN");
  }

  @Test
  void keepsTensorsBehindTheJsonWhereTheyAre() {
    byte[] two =
        OnnxBuilder.operatorSet(17)
            .input("a", -1, 2)
            .input("b", -1, 2)
            .node("sum", "Add", List.of("a", "b"), List.of("y"))
            .output("y", -1, 2)
            .bytes();
    client.put("/v1/models/number-sum/versions/1", two);
    String json =
        """
        {"inputs": [{"name": "a", "shape": [1, 2], "datatype": "FP32", "data": [Inf, 1]},\
        {"name": "b", "shape": [1, 2], "datatype": "FP32", "parameters": {"binary_data_size": 8}}]}\
        """;
    ByteBuffer body =
        ByteBuffer.allocate(json.length() + 8)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(json.getBytes(StandardCharsets.UTF_8))
            .putFloat(1)
            .putFloat(2.5f);

    Exchange answer =
        client.post(
            INFER.formatted("sum"),
            body.array(),
            Map.of(BinaryTensorHeader.NAME, Integer.toString(json.length())));

    assertThat(data(answer)).isEqualTo("[\"Infinity\",3.5]");
  }

  @Test
  void refusesThemForIntegersAndEverywhereElse() {
    assertRefused(bare("int64", request("INT64", "[1, NaN]", "")), "element 1", "no INT64: NaN");
    assertRefused(bare("int64", request("INT64", "[-Inf, 1]", "")), "no INT64: -Infinity");
    assertRefused(
        bare("fp32", request("FP32", "[1, 2]", "\"prior_count\": NaN")),
        "'parameters.prior_count' has a number that JSON does not have: NaN",
        "data of inputs alone");
    assertRefused(bare("fp32", request("FP32", "[1, 2]", "\"other\": Inf")), "'parameters.other'");
    assertRefused(
        bare("fp32", "{\"passed_over\": [{\"x\": NaN}], \"inputs\": []}"), "'passed_over.x'");
    assertRefused(bare("fp32", request("FP32", "[nan, 1]", "")), "'nan'");
    assertRefused(bare("fp32", request("FP32", "[INF, 1]", "")), "'INF'");
    assertRefused(bare("fp32", request("FP32", "[+Infinity, 1]", "")), "JSON does not have");
    assertRefused(bare("fp32", request("FP32", "[NaNs, 1]", "")), "NaNs");
    assertRefused(bare("fp32", request("FP32", "[1e39, NaN]", "")), "element 0", "no FP32: 1e39");
    assertRefused(
        client.post(
            "/v1/normalizations/batch",
            "{\"mode\": \"training\", \"input\": {\"shape\": [2, 1], \"datatype\": \"FP32\","
                + " \"data\": [NaN, 1]}}"),
        "NaN");
  }
}
