package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.LayerException;
import io.norma.network.Network;
import io.norma.network.compile.RowIndependence;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.AttributeProto.AttributeType;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.TensorProto;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BranchTest {
  static AttributeProto branch(String name, GraphProto.Builder graph) {
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

  /** A row must not choose for the rows beside it, so the batch goes in one. */
  @Test
  void choosesByTheElementsOfEachRun() {
    OnnxBuilder model =
        eluOrConstant()
            .input(OnnxBuilder.declaration("condition", TensorProto.DataType.BOOL_VALUE));
    Runs runs = new Runs(model.read());
    Tensor x = Tensor.of(Shape.of(2, 2), 1f, -1f, 2f, 0f);

    for (int run = 0; run < 3; run++) {
      // elu(elu(−1)) = e^(e^−1 − 1) − 1
      assertThat(runs.run(x, Tensor.of(Shape.of(), true)).toFloatArray())
          .containsExactly(new float[] {1, -0.46853614f, 2, 0}, offset(1e-6f));
      assertThat(runs.run(x, Tensor.of(Shape.of(), false)).toFloatArray()).containsExactly(1, 2);
    }
    assertThat(RowIndependence.of(runs.plan.network())).isFalse();
  }

  @Test
  void refusesConditionsOfSeveralElements() {
    OnnxBuilder model =
        eluOrConstant()
            .input(OnnxBuilder.declaration("condition", TensorProto.DataType.BOOL_VALUE, 2));
    Runs runs = new Runs(model.read());

    assertThatThrownBy(
            () -> runs.run(Tensor.of(Shape.of(1, 2), 1f, 2f), Tensor.of(Shape.of(2), true, false)))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining("layer 'choice': expected a condition of one element of BOOL")
        .hasMessageContaining("BOOL[2]");
  }

  /**
   * Branches that join the same parts in another order: had the parts the places that one branch
   * wants them in, the other would write one over the other.
   */
  @Test
  void keepsNumbersWhenRunsTakeOtherBranches() {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(21)
            .input("x", 1, 16)
            .input(OnnxBuilder.declaration("condition", TensorProto.DataType.BOOL_VALUE))
            .node("before", "Neg", List.of("x"), List.of("h"))
            .node(
                "choice",
                "If",
                List.of("condition"),
                List.of("c"),
                branch("then_branch", joined("first", "second")),
                branch("else_branch", joined("second", "first")))
            .node("other", "Abs", List.of("x"), List.of("a"))
            .node("sum", "Add", List.of("c", "a"), List.of("s"))
            .node("again", "Add", List.of("s", "h"), List.of("y"))
            .output("y", -1, 16);
    Network network = model.read().network();
    Tensor x = Tensor.zeros(DataType.FP32, Shape.of(1, 16));
    for (int i = 0; i < 16; i++) {
      x.floats()[i] = i - 8;
    }
    for (boolean first : new boolean[] {true, false}) {
      Runs runs = new Runs(new ImportResult(network, model.read().report()));
      for (boolean then : new boolean[] {first, !first, first, !first, !first, first}) {
        Tensor y = runs.run(x, Tensor.of(Shape.of(), then));
        assertThat(y.shape()).isEqualTo(Shape.of(2, 16));
        for (int i = 0; i < y.size(); i++) {
          double h = 8 - i % 16;
          double elu = h > 0 ? h : Math.expm1(h);
          double c = then == i < 16 ? elu : -elu;
          assertThat(y.getDouble(i)).isCloseTo(c + Math.abs(h) + h, within(1e-6));
        }
      }
    }
  }

  /** elu(h) and its negative, joined in an order. */
  private static GraphProto.Builder joined(String one, String other) {
    return GraphProto.newBuilder()
        .addNode(node("Elu", List.of("h"), "first"))
        .addNode(node("Neg", List.of("first"), "second"))
        .addNode(
            node("Concat", List.of(one, other), "joined").toBuilder()
                .addAttribute(OnnxBuilder.integer("axis", 0)))
        .addOutput(OnnxBuilder.declaration("joined", OnnxBuilder.FLOAT, 2, 16));
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
    Runs runs = new Runs(ifExtentIsOne(one("Abs", "same")).read());

    for (int run = 0; run < 3; run++) {
      Tensor squeezed = runs.run(Tensor.of(Shape.of(3, 1), -1f, 2f, -3f));
      assertThat(squeezed.shape()).isEqualTo(Shape.of(3));
      assertThat(squeezed.toFloatArray()).containsExactly(1, -2, 3);
      Tensor kept = runs.run(Tensor.of(Shape.of(1, 3), -1f, 2f, -3f));
      assertThat(kept.shape()).isEqualTo(Shape.of(1, 3));
      assertThat(kept.toFloatArray()).containsExactly(-1, -2, -3);
    }
  }

  /** The second extent of the positions of what is not 0: how many there are. */
  @Test
  void choosesByShapesThatDependOnElements() {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(13).node("find", "NonZero", List.of("x"), List.of("found"));
    addIf(model, "found", one("Abs", "same"));
    Runs runs = new Runs(model.read());

    for (int run = 0; run < 2; run++) {
      assertThat(runs.run(Tensor.of(Shape.of(2, 1), 0f, -7f)).shape()).isEqualTo(Shape.of(2));
      assertThat(runs.run(Tensor.of(Shape.of(2, 1), 6f, -7f)).shape()).isEqualTo(Shape.of(2, 1));
    }
  }

  /** Each branch has a constant k and a sum s of its own, and so has the graph around them. */
  @Test
  void tellsValuesOfOneNameApart() {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(13)
            .input("x", 2)
            .input(OnnxBuilder.declaration("condition", TensorProto.DataType.BOOL_VALUE))
            .floats("k", 100, 200)
            .node("around", "Add", List.of("x", "k"), List.of("s"))
            .node(
                "choice",
                "If",
                List.of("condition"),
                List.of("chosen"),
                branch("then_branch", plus(1, 2)),
                branch("else_branch", plus(10, 20)))
            .node("after", "Add", List.of("chosen", "s"), List.of("y"))
            .output("y", 2);
    Runs runs = new Runs(model.read());
    Tensor x = Tensor.of(Shape.of(2), 0.5f, -0.5f);

    assertThat(runs.run(x, Tensor.of(Shape.of(), true)).toFloatArray()).containsExactly(102, 201);
    assertThat(runs.run(x, Tensor.of(Shape.of(), false)).toFloatArray()).containsExactly(111, 219);
  }

  private static GraphProto.Builder plus(float... k) {
    return GraphProto.newBuilder()
        .addInitializer(OnnxBuilder.floatTensor("k", k))
        .addNode(node("Add", List.of("x", "k"), "s"))
        .addOutput(OnnxBuilder.declaration("s", OnnxBuilder.FLOAT, 2));
  }

  /** (x − 1)/√(4 + ε)·3 + 0.5, then negated. */
  @Test
  void normalizesInBranchesByTheFilesOwnStatisticsWithAWarning() {
    GraphProto.Builder normalize =
        GraphProto.newBuilder()
            .addNode(
                node(
                    "BatchNormalization",
                    List.of("x", "gamma", "beta", "mean", "variance"),
                    "normalized"))
            .addOutput(OnnxBuilder.declaration("normalized", OnnxBuilder.FLOAT, -1, -1));
    ImportResult read =
        ifExtentIsOne(normalize)
            .floats("gamma", 3, 3)
            .floats("beta", 0.5f, 0.5f)
            .floats("mean", 1, 1)
            .floats("variance", 4, 4)
            .read();

    assertThat(new Runs(read).run(Tensor.of(Shape.of(1, 2), 3f, -1f)).toFloatArray())
        .containsExactly(new float[] {-3.5f, 2.5f}, offset(1e-4f));
    assertThat(read.network().batchNormalizations()).isEmpty();
    assertThat(read.report().warnings())
        .extracting(ImportWarning::code)
        .contains(ImportWarning.Code.BATCH_NORMALIZATION_NOT_BOUND);
  }

  /** One branch makes a sequence, the other passes one on by an identity. */
  @Test
  void givesOutSequences() {
    GraphProto.Builder more =
        GraphProto.newBuilder()
            .addNode(node("SequenceInsert", List.of("s", "x"), "longer"))
            .addOutput(OnnxBuilder.declaration("longer", OnnxBuilder.FLOAT));
    GraphProto.Builder same =
        GraphProto.newBuilder()
            .addNode(node("Identity", List.of("s"), "as_it_is"))
            .addOutput(OnnxBuilder.declaration("as_it_is", OnnxBuilder.FLOAT));
    Runs runs =
        new Runs(
            OnnxBuilder.operatorSet(14)
                .input("x", -1)
                .input(OnnxBuilder.declaration("condition", TensorProto.DataType.BOOL_VALUE))
                .node("negate", "Neg", List.of("x"), List.of("n"))
                .node("make", "SequenceConstruct", List.of("n"), List.of("s"))
                .node(
                    "choice",
                    "If",
                    List.of("condition"),
                    List.of("t"),
                    branch("then_branch", more),
                    branch("else_branch", same))
                .node(
                    "join",
                    "ConcatFromSequence",
                    List.of("t"),
                    List.of("y"),
                    OnnxBuilder.integer("axis", 0))
                .output("y", -1)
                .read());
    Tensor x = Tensor.of(Shape.of(2), 1f, -2f);

    for (int run = 0; run < 2; run++) {
      assertThat(runs.run(x, Tensor.of(Shape.of(), true)).toFloatArray())
          .containsExactly(-1, 2, 1, -2);
      assertThat(runs.run(x, Tensor.of(Shape.of(), false)).toFloatArray()).containsExactly(-1, 2);
    }
  }

  private static NodeProto node(String operator, List<String> inputs, String output) {
    return NodeProto.newBuilder().setOpType(operator).addAllInput(inputs).addOutput(output).build();
  }
}
