package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Normalization;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import io.norma.onnx.file.UnsupportedOnnxException;
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
  void refusesConditionsThatDependOnElements() {
    OnnxBuilder model =
        eluOrConstant()
            .input(OnnxBuilder.declaration("condition", TensorProto.DataType.BOOL_VALUE));

    assertThatThrownBy(model::read)
        .isInstanceOf(UnsupportedOnnxException.class)
        .hasMessageContaining("'choice' (If, operator set 21)")
        .hasMessageContaining("depends on the elements of an input");
  }

  /** The condition is that x's axis 1 has extent 1, as PyTorch writes {@code x.squeeze(1)}. */
  private static OnnxBuilder ifExtentIsOne(GraphProto.Builder otherwise) {
    return addIf(OnnxBuilder.operatorSet(13), "x", otherwise);
  }

  private static OnnxBuilder addIf(OnnxBuilder model, String shaped, GraphProto.Builder otherwise) {
    GraphProto.Builder squeeze =
        GraphProto.newBuilder()
            .addInitializer(
                TensorProto.newBuilder()
                    .setName("axes")
                    .setDataType(TensorProto.DataType.INT64_VALUE)
                    .addDims(1)
                    .addInt64Data(1))
            .addNode(
                NodeProto.newBuilder()
                    .setOpType("Squeeze")
                    .addInput("x")
                    .addInput("axes")
                    .addOutput("squeezed"))
            .addOutput(OnnxBuilder.declaration("squeezed", OnnxBuilder.FLOAT, -1));
    return model
        .input("x", -1, -1)
        .longs("one", 1)
        .node("extents", "Shape", List.of(shaped), List.of("shape"))
        .node("extent", "Gather", List.of("shape", "one"), List.of("extent"))
        .node("isOne", "Equal", List.of("extent", "one"), List.of("condition"))
        .node(
            "choice",
            "If",
            List.of("condition"),
            List.of("chosen"),
            branch("then_branch", squeeze),
            branch("else_branch", otherwise))
        .node("after", "Neg", List.of("chosen"), List.of("y"))
        .output("y", -1);
  }

  private static GraphProto.Builder one(String operator, String made) {
    return GraphProto.newBuilder()
        .addNode(NodeProto.newBuilder().setOpType(operator).addInput("x").addOutput(made))
        .addOutput(OnnxBuilder.declaration(made, OnnxBuilder.FLOAT, -1, -1));
  }

  @Test
  void choosesByTheShapesOfEachRun() {
    ExecutionPlan plan = ExecutionPlan.compile(ifExtentIsOne(one("Abs", "same")).read().network());
    Workspace workspace = new Workspace();
    Normalization frozen = new Normalization.Frozen(plan.bind(plan.network().runningStatistics()));
    Tensor narrow = Tensor.of(Shape.of(3, 1), -1f, 2f, -3f);
    Tensor wide = Tensor.of(Shape.of(1, 3), -1f, 2f, -3f);

    for (int run = 0; run < 3; run++) {
      Tensor squeezed = plan.run(List.of(narrow), frozen, workspace).getFirst();
      assertThat(squeezed.shape()).isEqualTo(Shape.of(3));
      assertThat(squeezed.toFloatArray()).containsExactly(1, -2, 3);
      Tensor kept = plan.run(List.of(wide), frozen, workspace).getFirst();
      assertThat(kept.shape()).isEqualTo(Shape.of(1, 3));
      assertThat(kept.toFloatArray()).containsExactly(-1, -2, -3);
    }
  }

  @Test
  void refusesShapesThatDependOnElements() {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(13)
            .node("find", "NonZero", List.of("x"), List.of("positions"))
            .node("negate", "Neg", List.of("positions"), List.of("found"));
    addIf(model, "found", one("Abs", "same"));

    assertThatThrownBy(model::read)
        .isInstanceOf(UnsupportedOnnxException.class)
        .hasMessageContaining("depends on the elements of an input");
  }

  @Test
  void refusesBranchesThatShareAName() {
    OnnxBuilder model = ifExtentIsOne(one("Abs", "squeezed"));

    assertThatThrownBy(model::read)
        .isInstanceOf(UnsupportedOnnxException.class)
        .hasMessageContaining("both branches make a value called 'squeezed'");
  }

  @Test
  void refusesBatchNormalizationsInBranchesChosenInARun() {
    GraphProto.Builder normalize =
        GraphProto.newBuilder()
            .addNode(
                NodeProto.newBuilder()
                    .setOpType("BatchNormalization")
                    .addAllInput(List.of("x", "gamma", "beta", "mean", "variance"))
                    .addOutput("normalized"))
            .addOutput(OnnxBuilder.declaration("normalized", OnnxBuilder.FLOAT, -1, -1));
    OnnxBuilder model =
        ifExtentIsOne(normalize)
            .floats("gamma", 1, 1)
            .floats("beta", 0, 0)
            .floats("mean", 0, 0)
            .floats("variance", 1, 1);

    assertThatThrownBy(model::read)
        .isInstanceOf(UnsupportedOnnxException.class)
        .hasMessageContaining("in a branch that is chosen in a run");
  }
}
