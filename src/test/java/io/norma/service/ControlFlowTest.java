package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.AttributeProto.AttributeType;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.TensorProto;
import io.norma.onnx.proto.TypeProto;
import io.norma.onnx.proto.ValueInfoProto;
import io.norma.service.StatisticsClient.Answer;
import io.norma.store.TestDatabase;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Networks with loops, random numbers and open shapes, as a client sees them. */
final class ControlFlowTest {
  @TempDir private static Path directory;
  private static RunningService service;

  @BeforeAll
  static void start() {
    service =
        RunningService.start(
            directory,
            TestDatabase.H2.url(directory),
            "--norma.inference.max-loop-iterations=1000",
            "--norma.inference.max-workspace-bytes=8MB");
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static JsonNode upload(String name, OnnxBuilder model) throws Exception {
    Answer answer =
        service
            .client()
            .put("/v1/models/" + name + "/versions/1", model.bytes(), "application/octet-stream");
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    return answer.json();
  }

  private static Answer infer(String name, String parameters, String shape, String data)
      throws Exception {
    return service
        .client()
        .post(
            "/v2/models/" + name + "/infer",
            """
            {"parameters": {%s},
             "inputs": [{"name": "x", "datatype": "FP32", "shape": %s, "data": %s}]}
            """
                .formatted(parameters, shape, data));
  }

  private static ValueInfoProto typed(String name, int type) {
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder().setTensorType(TypeProto.Tensor.newBuilder().setElemType(type)))
        .build();
  }

  /** y ← op(y, y) without end. */
  private static OnnxBuilder endless(NodeProto.Builder step) {
    GraphProto.Builder body =
        GraphProto.newBuilder()
            .addInput(typed("i", TensorProto.DataType.INT64_VALUE))
            .addInput(typed("on", TensorProto.DataType.BOOL_VALUE))
            .addInput(typed("value", OnnxBuilder.FLOAT))
            .addNode(step.addInput("value").addInput("value").addOutput("next"))
            .addOutput(typed("on", TensorProto.DataType.BOOL_VALUE))
            .addOutput(typed("next", OnnxBuilder.FLOAT));
    AttributeProto attribute =
        AttributeProto.newBuilder().setName("body").setType(AttributeType.GRAPH).setG(body).build();
    return OnnxBuilder.operatorSet(16)
        .input("x", -1, 2)
        .node("forever", "Loop", List.of("", "", "x"), List.of("y"), attribute)
        .output("y", -1, 2);
  }

  @Test
  void answersALoopWithoutEndWithTheBound() throws Exception {
    upload("endless", endless(NodeProto.newBuilder().setOpType("Max")));

    Answer answer = infer("endless", "", "[1,2]", "[1,2]");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("error").asString())
        .contains("'forever'", "1000 iterations", "norma.inference.max-loop-iterations");
  }

  @Test
  void answersALoopThatGrowsWithTheMemory() throws Exception {
    upload(
        "growing",
        endless(
            NodeProto.newBuilder()
                .setOpType("Concat")
                .addAttribute(
                    AttributeProto.newBuilder()
                        .setName("axis")
                        .setType(AttributeType.INT)
                        .setI(0))));

    Answer answer = infer("growing", "", "[1,2]", "[1,2]");

    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.json().path("error").asString())
        .contains("'forever'", "'Concat_0'", "norma.inference.max-workspace-bytes");
  }

  @Test
  void drawsBySeedsOfRequests() throws Exception {
    JsonNode report =
        upload(
            "noise",
            OnnxBuilder.operatorSet(15)
                .input("x", -1, 2)
                .node("draw", "RandomNormalLike", List.of("x"), List.of("e"))
                .node("sum", "Add", List.of("x", "e"), List.of("y"))
                .output("y", -1, 2));
    assertThat(report.toString()).as("it was tried").doesNotContain("NOT_TRIED");

    Answer without = infer("noise", "", "[1,2]", "[1,2]");
    assertThat(without.status()).isEqualTo(400);
    assertThat(without.json().path("error").asString()).contains("'draw'", "parameter 'seed'");

    Answer first = infer("noise", "\"seed\": 9007199254740993", "[1,2]", "[1,2]");
    assertThat(first.status()).as(first.text()).isEqualTo(200);
    assertThat(first.json().path("parameters").path("seed").longValue())
        .isEqualTo(9007199254740993L);
    assertThat(data(infer("noise", "\"seed\": 9007199254740993", "[1,2]", "[1,2]")))
        .isEqualTo(data(first));
    assertThat(data(infer("noise", "\"seed\": 9007199254740992", "[1,2]", "[1,2]")))
        .isNotEqualTo(data(first));
    for (String seed : List.of("\"nine\"", "1.5", "9223372036854775808", "true")) {
      Answer refused = infer("noise", "\"seed\": " + seed, "[1,2]", "[1,2]");
      assertThat(refused.status()).as(seed).isEqualTo(400);
      assertThat(refused.json().path("error").asString())
          .contains("parameter 'seed' must be a whole number");
    }
  }

  private static String data(Answer answer) {
    return answer.json().path("outputs").get(0).path("data").toString();
  }

  @Test
  void takesWhatComesWhereNoShapeIsDeclared() throws Exception {
    JsonNode report =
        upload(
            "open",
            OnnxBuilder.operatorSet(15)
                .input(typed("x", OnnxBuilder.FLOAT))
                .node("negate", "Neg", List.of("x"), List.of("y"))
                .output(typed("y", OnnxBuilder.FLOAT)));
    assertThat(report.toString()).contains("INPUT_SHAPE_UNKNOWN", "nothing could be checked");

    assertThat(data(infer("open", "", "[2]", "[1,2]"))).isEqualTo("[-1.0,-2.0]");
    Answer cube = infer("open", "", "[1,2,1]", "[1,2]");
    assertThat(cube.json().path("outputs").get(0).path("shape").toString()).isEqualTo("[1,2,1]");
  }
}
