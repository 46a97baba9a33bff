package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.AttributeProto.AttributeType;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.TensorProto;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BranchTest {
  private static AttributeProto branch(String name, GraphProto.Builder graph) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeType.GRAPH)
        .setG(graph)
        .build();
  }

  /** If the condition holds, y = elu(h), with h from the graph around it; else a constant. */
  private static OnnxBuilder eluOrConstant() {
    GraphProto.Builder elu =
        GraphProto.newBuilder()
            .addNode(NodeProto.newBuilder().setOpType("Elu").addInput("h").addOutput("t"))
            .addOutput(OnnxBuilder.declaration("t", OnnxBuilder.FLOAT, -1, 2));
    GraphProto.Builder constant =
        GraphProto.newBuilder()
            .addInitializer(OnnxBuilder.floatTensor("k", 1, 2))
            .addOutput(OnnxBuilder.declaration("k", OnnxBuilder.FLOAT, 2));
    return OnnxBuilder.operatorSet(21)
        .input("x", -1, 2)
        .node("before", "Elu", List.of("x"), List.of("h"))
        .node(
            "choice",
            "If",
            List.of("condition"),
            List.of("y"),
            branch("then_branch", elu),
            branch("else_branch", constant))
        .output("y", -1, 2);
  }

  private static TensorProto condition(boolean holds) {
    return TensorProto.newBuilder()
        .setName("condition")
        .setDataType(TensorProto.DataType.BOOL_VALUE)
        .addInt32Data(holds ? 1 : 0)
        .build();
  }

  @Test
  void takesTheBranchThatAConstantChooses() {
    ImportResult chosen = eluOrConstant().initializer(condition(true)).read();
    ImportResult other = eluOrConstant().initializer(condition(false)).read();

    assertThat(chosen.network().nodes())
        .extracting("operator")
        .containsExactly("Elu", "Elu", "Identity");
    assertThat(other.network().nodes()).isEmpty();
    assertThat(other.network().constants()).containsOnlyKeys("y");
  }

  @Test
  void refusesConditionsKnownOnlyInARun() {
    OnnxBuilder model =
        eluOrConstant()
            .input(OnnxBuilder.declaration("condition", TensorProto.DataType.BOOL_VALUE));

    assertThatThrownBy(model::read)
        .isInstanceOf(UnsupportedOnnxException.class)
        .hasMessageContaining("'choice' (If, operator set 21)")
        .hasMessageContaining("known only in a run");
  }
}
