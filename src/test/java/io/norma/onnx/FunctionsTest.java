package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.layer.Elu;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.MemoryLimitException;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.file.UnsupportedOnnxException;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.AttributeProto.AttributeType;
import io.norma.onnx.proto.FunctionProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.OperatorSetIdProto;
import java.nio.ByteBuffer;
import java.util.List;
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

  private static NodeProto twice(String name, String input, String output) {
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
            .node(twice("a", "x", "h"))
            .node(twice("b", "h", "y"))
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
    FunctionProto.Builder function = twice(22).addNode(twice("c", "t", "unread"));

    assertThatThrownBy(model(function)::read)
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("function 'Twice' calls itself");
  }

  /** Functions of which each calls the next one twice. */
  private static OnnxBuilder doubling(int functions, String name, NodeProto... last) {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(22)
            .input("x", -1, 2)
            .node(call(name + 0, "x", "y"))
            .output("y", -1, 2);
    for (int i = 0; i < functions; i++) {
      FunctionProto.Builder function =
          FunctionProto.newBuilder()
              .setDomain("local")
              .setName(name + i)
              .addInput("in")
              .addOutput("out")
              .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(22));
      if (i < functions - 1) {
        function.addNode(call(name + (i + 1), "in", "t")).addNode(call(name + (i + 1), "t", "out"));
      } else {
        function.addAllNode(List.of(last));
      }
      model.model().addFunctions(function);
    }
    return model;
  }

  private static NodeProto call(String function, String input, String output) {
    return NodeProto.newBuilder()
        .setDomain("local")
        .setOpType(function)
        .addInput(input)
        .addOutput(output)
        .build();
  }

  private static NodeProto elu() {
    return NodeProto.newBuilder().setOpType("Elu").addInput("in").addOutput("out").build();
  }

  @Test
  void refusesFunctionsThatUnfoldToMoreThanTheMemoryThatIsThere() {
    MemoryBudget budget = new MemoryBudget("the budget", 10_000_000);
    OnnxBuilder small = doubling(10, "f", elu());
    OnnxBuilder many = doubling(16, "f", elu());
    OnnxBuilder longNames = doubling(10, "f".repeat(20_000), elu());

    assertThat(read(small, budget).network().nodes()).hasSize(512);
    for (OnnxBuilder model : List.of(many, longNames)) {
      assertThatThrownBy(() -> read(model, budget))
          .isInstanceOf(MemoryLimitException.class)
          .hasMessageContaining("the nodes that the model's functions unfold to")
          .hasMessageContaining("the budget");
    }
    assertThat(budget.reserved()).isZero();
  }

  @Test
  void refusesCallsWithoutEnd() {
    assertThatThrownBy(doubling(32, "f")::read)
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("unfold to more than 1000000 calls");
  }

  private static ImportResult read(OnnxBuilder model, MemoryBudget budget) {
    return OnnxImporter.read(ByteBuffer.wrap(model.bytes()), "test", budget);
  }
}
