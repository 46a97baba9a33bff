package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.layer.Elu;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.AttributeProto.AttributeType;
import io.norma.onnx.proto.FunctionProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.OperatorSetIdProto;
import org.junit.jupiter.api.Test;

final class FunctionsTest {
  private static FunctionProto.Builder twice(long operatorSet) {
    AttributeProto alpha =
        AttributeProto.newBuilder()
            .setName("alpha")
            .setType(AttributeType.FLOAT)
            .setRefAttrName("slope")
            .build();
    return FunctionProto.newBuilder()
        .setDomain("local")
        .setName("Twice")
        .addInput("in")
        .addOutput("out")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(operatorSet))
        .addNode(
            NodeProto.newBuilder()
                .setOpType("Elu")
                .setName("one")
                .addInput("in")
                .addOutput("t")
                .addAttribute(alpha))
        .addNode(
            NodeProto.newBuilder().setOpType("Elu").setName("two").addInput("t").addOutput("out"));
  }

  private static NodeProto call(String name, String input, String output) {
    return NodeProto.newBuilder()
        .setName(name)
        .setDomain("local")
        .setOpType("Twice")
        .addInput(input)
        .addOutput(output)
        .addAttribute(OnnxBuilder.real("slope", 0.5f))
        .build();
  }

  private static OnnxBuilder model(FunctionProto.Builder function) {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(22)
            .input("x", -1, 2)
            .node(call("a", "x", "h"))
            .node(call("b", "h", "y"))
            .output("y", -1, 2);
    model.model().addFunctions(function);
    return model;
  }

  @Test
  void putsTheNodesInPlaceOfEachCall() {
    ImportResult result = model(twice(22)).read();

    assertThat(result.network().nodes())
        .extracting("name")
        .containsExactly("a/one", "a/two", "b/one", "b/two");
    assertThat(result.network().nodes())
        .extracting("layer")
        .containsExactly(new Elu(0.5), new Elu(1), new Elu(0.5), new Elu(1));
    assertThat(result.network().nodes().get(2).inputs()).containsExactly("h");
  }

  @Test
  void refusesFunctionsOfAnotherOperatorSet() {
    assertThatThrownBy(model(twice(21))::read)
        .isInstanceOf(UnsupportedOnnxException.class)
        .hasMessageContaining("local.Twice");
  }

  @Test
  void refusesFunctionsThatCallThemselves() {
    FunctionProto.Builder function = twice(22).addNode(call("c", "t", "unread"));

    assertThatThrownBy(model(function)::read)
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("function 'Twice' calls itself");
  }
}
