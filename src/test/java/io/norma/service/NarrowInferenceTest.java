package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.http.BinaryTensorHeader;
import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.proto.TensorProto;
import io.norma.onnx.proto.TensorShapeProto;
import io.norma.onnx.proto.TypeProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Networks whose inputs and outputs have 16 bits: y = x + 0.5. */
final class NarrowInferenceTest extends ServiceTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String REQUEST =
      """
      {"inputs": [{"name": "x", "datatype": "%s", "shape": [1, 3], %s}], \
      "parameters": {"binary_data_output": %s}}\
      """;

  @BeforeEach
  void upload() {
    upload("half", TensorProto.DataType.FLOAT16_VALUE, 0x3800);
    upload("brain", TensorProto.DataType.BFLOAT16_VALUE, 0x3F00);
  }

  private void upload(String name, int type, int half) {
    byte[] model =
        OnnxBuilder.operatorSet(22)
            .input(declaration("x", type))
            .initializer(
                TensorProto.newBuilder()
                    .setName("w")
                    .setDataType(type)
                    .addDims(1)
                    .addInt32Data(half)
                    .build())
            .node("sum", "Add", List.of("x", "w"), List.of("y"))
            .output(declaration("y", type))
            .bytes();
    assertThat(client.put("/v1/models/" + name + "/versions/1", model).status())
        .isBetween(200, 201);
  }

  private static ValueInfoProto declaration(String name, int type) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    shape.addDimBuilder().setDimParam("N");
    shape.addDimBuilder().setDimValue(3);
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(type).setShape(shape)))
        .build();
  }

  private JsonNode json(String path) {
    return JSON.readTree(client.get(path).body());
  }

  private Exchange infer(String model, String json, byte[] behind) {
    byte[] head = json.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(head);
    body.writeBytes(behind);
    Map<String, String> headers =
        behind.length == 0
            ? Map.of()
            : Map.of(BinaryTensorHeader.NAME, Integer.toString(head.length));
    return client.post("/v2/models/" + model + "/infer", body.toByteArray(), headers);
  }

  private static byte[] shorts(int... bits) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * bits.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : bits) {
      bytes.putShort((short) value);
    }
    return bytes.array();
  }

  @Test
  void metadataNamesTheTypeOfTheFile() {
    assertThat(json("/v2/models/half").at("/inputs/0/datatype").asString()).isEqualTo("FP16");
    assertThat(json("/v2/models/half").at("/outputs/0/datatype").asString()).isEqualTo("FP16");
    assertThat(json("/v2/models/half/config").at("/input/0/data_type").asString())
        .isEqualTo("TYPE_FP16");
    assertThat(json("/v2/models/brain").at("/inputs/0/datatype").asString()).isEqualTo("BF16");
    assertThat(json("/v1/models/half").at("/latest/report/inputs/0/data_type").asString())
        .isEqualTo("FP16");
  }

  /** 1, −2, 0.25 and one half more, as NumPy's float16 and ml_dtypes' bfloat16 have their bits. */
  @Test
  void takesAndGivesTwoBytesForEachElement() {
    String request = REQUEST.formatted("%s", "\"parameters\": {\"binary_data_size\": 6}", true);

    InferenceAnswer half =
        InferenceAnswer.of(
            infer("half", request.formatted("FP16"), shorts(0x3C00, 0xC000, 0x3400)));
    InferenceAnswer brain =
        InferenceAnswer.of(
            infer("brain", request.formatted("BF16"), shorts(0x3F80, 0xC000, 0x3E80)));

    assertThat(half.output("y").path("datatype").asString()).isEqualTo("FP16");
    assertThat(half.output("y").at("/parameters/binary_data_size").intValue()).isEqualTo(6);
    assertThat(half.binary()).isEqualTo(shorts(0x3E00, 0xBE00, 0x3A00));
    assertThat(brain.output("y").path("datatype").asString()).isEqualTo("BF16");
    assertThat(brain.binary()).isEqualTo(shorts(0x3FC0, 0xBFC0, 0x3F40));
  }

  @Test
  void takesFp32AndAnswersInTheTypeOfTheFile() {
    ByteBuffer floats = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    floats.asFloatBuffer().put(new float[] {1, -2, 1e6f});
    String request = REQUEST.formatted("FP32", "\"parameters\": {\"binary_data_size\": 12}", true);

    InferenceAnswer answer = InferenceAnswer.of(infer("half", request, floats.array()));

    assertThat(answer.binary()).isEqualTo(shorts(0x3E00, 0xBE00, 0x7C00));
  }

  /** 0.0999755859375 and one half is 0.60009765625 in FP16, as NumPy adds. */
  @Test
  void takesAndGivesNumbersInJson() {
    Exchange answer =
        infer(
            "half", REQUEST.formatted("FP16", "\"data\": [0.1, -2, \"NaN\"]", false), new byte[0]);

    JsonNode data = InferenceAnswer.of(answer).output("y").path("data");
    assertThat(data.get(0).floatValue()).isEqualTo(0.60009766f);
    assertThat(data.get(1).floatValue()).isEqualTo(-1.5f);
    assertThat(data.get(2).asString()).isEqualTo("NaN");
  }

  @Test
  void refusesWhatIsBeyondTheTypeOrOfAnother() {
    Exchange beyond =
        infer("half", REQUEST.formatted("FP16", "\"data\": [1e6, 0, 0]", false), new byte[0]);
    Exchange other =
        infer("half", REQUEST.formatted("BF16", "\"data\": [1, 0, 0]", false), new byte[0]);

    assertThat(beyond.status()).isEqualTo(400);
    assertThat(beyond.text()).contains("no FP16", "1e6");
    assertThat(other.status()).isEqualTo(400);
    assertThat(other.text()).contains("expects datatype FP16 or FP32", "got BF16");
  }
}
