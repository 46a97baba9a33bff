package io.norma.onnx;

import static io.norma.onnx.OnnxBuilder.FLOAT;
import static io.norma.onnx.OnnxBuilder.declaration;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.TensorProto;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Values that have no name, or another's, are refused before anything runs. */
final class NamesOfValuesTest {
  private static final int BOOL = TensorProto.DataType.BOOL_VALUE;
  private static final int INT64 = TensorProto.DataType.INT64_VALUE;

  private static OnnxBuilder elu() {
    return OnnxBuilder.operatorSet(22)
        .input("x", -1, 2)
        .node("elu", "Elu", List.of("x"), List.of("y"));
  }

  private static void assertRefused(OnnxBuilder model, String... words) {
    assertThatThrownBy(model::read)
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void refusesAnInputWithoutAName() {
    assertRefused(elu().input("", -1, 2).output("y", -1, 2), "input", "no name");
  }

  @Test
  void refusesAnInputThatIsDeclaredTwice() {
    assertRefused(elu().input("x", -1, 3).output("y", -1, 2), "'x'", "twice");
  }

  /** Of an output that a node leaves out, the name is empty. */
  @Test
  void refusesAnOutputWithoutAName() {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(22)
            .input("x", -1, 2)
            .node("drop", "MaxPool", List.of("x"), List.of("y", ""))
            .output("y", -1, 2)
            .output("", -1, 2);
    assertRefused(model, "output ''");
  }

  /** y = elu applied twice by a loop whose body is as given. */
  private static OnnxBuilder loop(GraphProto.Builder body) {
    return OnnxBuilder.operatorSet(16)
        .input("x", -1, 2)
        .longs("count", 2)
        .node(
            "loop",
            "Loop",
            List.of("count", "", "x"),
            List.of("y"),
            BranchTest.branch("body", body))
        .output("y", -1, 2);
  }

  private static GraphProto.Builder body(String iteration, String goesOn, String carried) {
    return GraphProto.newBuilder()
        .addInput(declaration(iteration, INT64))
        .addInput(declaration(goesOn, BOOL))
        .addInput(declaration(carried, FLOAT, -1, 2));
  }

  private static NodeProto elu(String from, String to) {
    return NodeProto.newBuilder().setOpType("Elu").addInput(from).addOutput(to).build();
  }

  @Test
  void refusesABodysInputsThatHaveOneNameOrNone() {
    for (GraphProto.Builder body :
        List.of(body("v", "go", "v"), body("i", "go", ""), body("", "go", "v"))) {
      body.addNode(elu("v", "w"))
          .addOutput(declaration("go", BOOL))
          .addOutput(declaration("w", FLOAT, -1, 2));
      assertRefused(loop(body), "loop");
    }
  }

  @Test
  void refusesABodysOutputWithoutAName() {
    GraphProto.Builder body =
        body("i", "go", "v")
            .addNode(elu("v", ""))
            .addOutput(declaration("go", BOOL))
            .addOutput(declaration("", FLOAT, -1, 2));
    assertRefused(loop(body), "loop");
  }

  @Test
  void refusesANodeThatMakesWhatTheBodyTakes() {
    GraphProto.Builder body =
        body("i", "go", "v")
            .addNode(elu("x", "v"))
            .addOutput(declaration("go", BOOL))
            .addOutput(declaration("v", FLOAT, -1, 2));
    assertRefused(loop(body), "'v");
  }

  @Test
  void refusesANodeThatMakesWhatTheModelTakes() {
    OnnxBuilder model =
        elu()
            .input("z", -1, 2)
            .node("again", "Elu", List.of("x"), List.of("z"))
            .node("sum", "Add", List.of("y", "z"), List.of("s"));
    assertRefused(model.output("s", -1, 2), "'z'");
  }
}
