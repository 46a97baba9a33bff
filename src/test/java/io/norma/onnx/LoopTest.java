package io.norma.onnx;

import static io.norma.onnx.OnnxBuilder.FLOAT;
import static io.norma.onnx.OnnxBuilder.declaration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.MemoryLimitException;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.LayerException;
import io.norma.network.compile.RowIndependence;
import io.norma.network.run.IterationLimit;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.AttributeProto.AttributeType;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.TensorProto;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LoopTest {
  private static final int BOOL = TensorProto.DataType.BOOL_VALUE;
  private static final int INT64 = TensorProto.DataType.INT64_VALUE;

  private static NodeProto node(
      String operator, List<String> inputs, List<String> outputs, AttributeProto... attributes) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .addAllInput(inputs)
        .addAllOutput(outputs)
        .addAllAttribute(List.of(attributes))
        .build();
  }

  private static AttributeProto body(GraphProto.Builder graph) {
    return BranchTest.branch("body", graph);
  }

  /** A body that takes the iteration, the condition and these values. */
  private static GraphProto.Builder taking(String... carried) {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(declaration("i", INT64))
            .addInput(declaration("goes_on", BOOL));
    for (String name : carried) {
      graph.addInput(declaration(name, FLOAT, -1));
    }
    return graph;
  }

  private static GraphProto.Builder giving(GraphProto.Builder graph, String... outputs) {
    for (String output : outputs) {
      graph.addOutput(declaration(output, FLOAT, -1));
    }
    return graph;
  }

  /** sum ← sum + step·(x + i) as often as count says; every sum is scanned out. */
  private static OnnxBuilder sums() {
    GraphProto.Builder body =
        taking("sum")
            .addNode(node("Cast", List.of("i"), List.of("real"), OnnxBuilder.integer("to", FLOAT)))
            .addNode(node("Add", List.of("h", "real"), List.of("shifted")))
            .addNode(node("Mul", List.of("shifted", "step"), List.of("scaled")))
            .addNode(node("Add", List.of("sum", "scaled"), List.of("next")))
            .addNode(node("Identity", List.of("next"), List.of("seen")));
    giving(body, "goes_on", "next", "seen");
    return OnnxBuilder.operatorSet(16)
        .input("x", -1)
        .input(declaration("count", INT64))
        .floats("step", 2)
        .node("before", "Neg", List.of("x"), List.of("h"))
        .node("loop", "Loop", List.of("count", "", "x"), List.of("last", "all"), body(body))
        .output("last", -1)
        .output("all", -1, -1);
  }

  private static Tensor count(long value) {
    return Tensor.of(Shape.of(), new long[] {value});
  }

  @Test
  void carriesValuesAndScansThemOut() {
    Runs runs = new Runs(sums().read());
    Tensor x = Tensor.of(Shape.of(2), 1f, -3f);

    for (int run = 0; run < 2; run++) {
      // h = (−1, 3); added are 2h, 2(h + 1), 2(h + 2).
      List<Tensor> three = runs.all(null, x, count(3));
      assertThat(three.get(0).toFloatArray()).containsExactly(1, 21);
      assertThat(three.get(1).shape()).isEqualTo(Shape.of(3, 2));
      assertThat(three.get(1).toFloatArray()).containsExactly(-1, 3, -1, 11, 1, 21);
      List<Tensor> one = runs.all(null, x, count(1));
      assertThat(one.get(0).toFloatArray()).containsExactly(-1, 3);
      assertThat(one.get(1).toFloatArray()).containsExactly(-1, 3);
      List<Tensor> none = runs.all(null, x, count(0));
      assertThat(none.get(0).toFloatArray()).containsExactly(1, -3);
      assertThat(none.get(1).shape()).isEqualTo(Shape.of(0, 0));
    }
    assertThat(RowIndependence.of(runs.plan.network())).isFalse();
  }

  /** Doubles x until it is 100 or more; inside, a condition of the elements chooses. */
  @Test
  void goesOnAsLongAsItsConditionHolds() {
    GraphProto.Builder body =
        taking("value")
            .addNode(node("Add", List.of("value", "value"), List.of("next")))
            .addNode(node("Less", List.of("next", "hundred"), List.of("less")))
            .addNode(
                node(
                    "If",
                    List.of("less"),
                    List.of("label"),
                    BranchTest.branch(
                        "then_branch",
                        giving(
                            GraphProto.newBuilder()
                                .addNode(node("Neg", List.of("next"), List.of("r"))),
                            "r")),
                    BranchTest.branch(
                        "else_branch",
                        giving(
                            GraphProto.newBuilder()
                                .addNode(node("Sqrt", List.of("next"), List.of("r"))),
                            "r"))));
    giving(body, "less", "next", "label");
    Runs runs =
        new Runs(
            OnnxBuilder.operatorSet(16)
                .input("x", 1)
                .floats("hundred", 100)
                .node("loop", "Loop", List.of("", "", "x"), List.of("y", "labels"), body(body))
                .output("y", 1)
                .output("labels", -1, 1)
                .read());

    List<Tensor> outputs = runs.all(null, Tensor.of(Shape.of(1), 18f));
    assertThat(outputs.get(0).toFloatArray()).containsExactly(144);
    assertThat(outputs.get(1).toFloatArray()).containsExactly(-36, -72, 12);
    assertThat(runs.run(Tensor.of(Shape.of(1), 128f)).toFloatArray()).containsExactly(256);
  }

  /** Rows of x times their position, gathered in a sequence that the loop carries. */
  private static OnnxBuilder gathers(long at) {
    GraphProto.Builder body =
        taking()
            .addInput(declaration("found", FLOAT))
            .addNode(
                node("Gather", List.of("h", "i"), List.of("row"), OnnxBuilder.integer("axis", 0)))
            .addNode(node("Cast", List.of("i"), List.of("real"), OnnxBuilder.integer("to", FLOAT)))
            .addNode(node("Mul", List.of("row", "real"), List.of("scaled")))
            .addNode(node("SequenceInsert", List.of("found", "scaled"), List.of("more")));
    giving(body, "goes_on", "more");
    return OnnxBuilder.operatorSet(13)
        .input("x", -1, 2)
        .longs("zero", 0)
        .longs("at", at)
        .node("before", "Neg", List.of("x"), List.of("h"))
        .node("extents", "Shape", List.of("x"), List.of("shape"))
        .node("rows", "Gather", List.of("shape", "zero"), List.of("count"))
        .node("empty", "SequenceEmpty", List.of(), List.of("none"))
        .node("loop", "Loop", List.of("count", "", "none"), List.of("all"), body(body))
        .node("length", "SequenceLength", List.of("all"), List.of("n"))
        .node("pick", "SequenceAt", List.of("all", "at"), List.of("picked"))
        .node("less", "SequenceErase", List.of("all", "zero"), List.of("rest"))
        .node(
            "stack",
            "ConcatFromSequence",
            List.of("rest"),
            List.of("y"),
            OnnxBuilder.integer("axis", 0),
            OnnxBuilder.integer("new_axis", 1))
        .output("y", -1, 2)
        .output("picked", 2)
        .output(declaration("n", INT64));
  }

  @Test
  void carriesSequences() {
    Runs runs = new Runs(gathers(-2).read());

    for (int run = 0; run < 2; run++) {
      List<Tensor> three = runs.all(null, Tensor.of(Shape.of(3, 2), 1f, 2f, 3f, 4f, 5f, 6f));
      assertThat(three.get(0).shape()).isEqualTo(Shape.of(2, 2));
      assertThat(three.get(0).toFloatArray()).containsExactly(-3, -4, -10, -12);
      assertThat(three.get(1).toFloatArray()).containsExactly(-3, -4);
      assertThat(three.get(2).toLongArray()).containsExactly(3);
      List<Tensor> two = runs.all(null, Tensor.of(Shape.of(2, 2), 1f, 2f, 3f, 4f));
      assertThat(two.get(0).toFloatArray()).containsExactly(-3, -4);
      assertThat(two.get(2).toLongArray()).containsExactly(2);
    }
  }

  @Test
  void refusesPositionsThatASequenceDoesNotHave() {
    assertThatThrownBy(() -> new Runs(gathers(3).read()).run(Tensor.of(Shape.of(1, 2), 1f, 2f)))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining(
            "layer 'pick': position 3 is out of range for a sequence of 1 tensors");
  }

  @Test
  void refusesASequenceWhereATensorBelongs() {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(13)
            .input("x", 2)
            .node("make", "SequenceConstruct", List.of("x", "x"), List.of("s"))
            .node("negate", "Neg", List.of("s"), List.of("y"))
            .output("y", 2);

    assertThatThrownBy(() -> new Runs(model.read()).run(Tensor.of(Shape.of(2), 1f, 2f)))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining(
            "layer 'negate': expected a tensor as input 0, got a sequence of 2 tensors of FP32");
  }

  /** y ← concat(y, y), for ever. */
  private static OnnxBuilder growsWithoutEnd() {
    GraphProto.Builder body =
        taking("value")
            .addNode(
                node(
                    "Concat",
                    List.of("value", "value"),
                    List.of("next"),
                    OnnxBuilder.integer("axis", 0)));
    giving(body, "goes_on", "next");
    return OnnxBuilder.operatorSet(16)
        .input("x", -1)
        .node("loop", "Loop", List.of("", "", "x"), List.of("y"), body(body))
        .output("y", -1);
  }

  @Test
  void growsNoFurtherThanItsMemory() {
    MemoryBudget budget = new MemoryBudget("norma.test", 1 << 20);
    Runs runs = new Runs(growsWithoutEnd().read(), budget, IterationLimit.none());

    for (int run = 0; run < 2; run++) {
      assertThatThrownBy(() -> runs.run(Tensor.of(Shape.of(2), 1f, 2f)))
          .isInstanceOf(MemoryLimitException.class)
          .hasMessageContainingAll("layer 'loop': ", "node 'Concat_0': ", "norma.test");
      assertThat(budget.reserved()).isLessThan(1 << 10);
    }
  }

  /** Each value is let go when the next is there: a hundred of them need no more than three. */
  @Test
  void letsGoOfWhatNoIterationReadsAnyMore() {
    GraphProto.Builder body =
        taking("value")
            .addNode(node("Neg", List.of("value"), List.of("a")))
            .addNode(node("Neg", List.of("a"), List.of("b")))
            .addNode(node("Add", List.of("b", "x"), List.of("next")));
    giving(body, "goes_on", "next");
    OnnxBuilder model =
        OnnxBuilder.operatorSet(16)
            .input("x", -1)
            .input(declaration("count", INT64))
            .node("loop", "Loop", List.of("count", "", "x"), List.of("y"), body(body))
            .output("y", -1);
    MemoryBudget budget = new MemoryBudget("norma.test", 4 * 4 * 1000);
    Runs runs = new Runs(model.read(), budget, IterationLimit.none());
    float[] ones = new float[1000];
    Arrays.fill(ones, 1);

    for (int run = 0; run < 3; run++) {
      Tensor y = runs.run(Tensor.of(Shape.of(1000), ones), count(100));
      assertThat(y.getDouble(0)).isEqualTo(101);
      assertThat(y.getDouble(999)).isEqualTo(101);
    }
  }

  @Test
  void endsALoopWithoutEnd() {
    GraphProto.Builder body =
        taking("value").addNode(node("Neg", List.of("value"), List.of("next")));
    giving(body, "goes_on", "next");
    OnnxBuilder model =
        OnnxBuilder.operatorSet(16)
            .input("x", -1)
            .node("forever", "Loop", List.of("", "", "x"), List.of("y"), body(body))
            .output("y", -1);
    Runs runs =
        new Runs(
            model.read(),
            MemoryBudget.unlimited(),
            new IterationLimit("norma.inference.max-loop-iterations", 1000));

    for (int run = 0; run < 2; run++) {
      assertThatThrownBy(() -> runs.run(Tensor.of(Shape.of(1), 1f)))
          .isInstanceOf(LayerException.class)
          .hasMessageContainingAll(
              "layer 'forever': ", "1000 iterations", "norma.inference.max-loop-iterations");
    }
  }

  /** 30 iterations, each with 30 inside, are 930 together. */
  @Test
  void countsTheIterationsOfLoopsInLoops() {
    GraphProto.Builder inner =
        GraphProto.newBuilder()
            .addInput(declaration("j", INT64))
            .addInput(declaration("inner_goes_on", BOOL))
            .addInput(declaration("inner_value", FLOAT, -1))
            .addNode(node("Add", List.of("inner_value", "one"), List.of("inner_next")));
    giving(inner, "inner_goes_on", "inner_next");
    GraphProto.Builder outer =
        taking("value")
            .addNode(node("Loop", List.of("count", "", "value"), List.of("next"), body(inner)));
    giving(outer, "goes_on", "next");
    ImportResult read =
        OnnxBuilder.operatorSet(16)
            .input("x", 1)
            .input(declaration("count", INT64))
            .floats("one", 1)
            .node("loop", "Loop", List.of("count", "", "x"), List.of("y"), body(outer))
            .output("y", 1)
            .read();
    Tensor x = Tensor.of(Shape.of(1), 0.5f);

    Runs enough = new Runs(read, MemoryBudget.unlimited(), new IterationLimit("limit", 930));
    assertThat(enough.run(x, count(30)).toFloatArray()).containsExactly(900.5f);
    assertThat(enough.run(x, count(30)).toFloatArray()).containsExactly(900.5f);
    Runs tooFew = new Runs(read, MemoryBudget.unlimited(), new IterationLimit("limit", 929));
    assertThatThrownBy(() -> tooFew.run(x, count(30))).hasMessageContaining("layer 'loop': node");
  }

  @Test
  void rejectsBodiesThatDoNotFit() {
    GraphProto.Builder body = taking("value", "another");
    giving(body, "goes_on", "value");
    OnnxBuilder model =
        OnnxBuilder.operatorSet(16)
            .input("x", -1)
            .node("loop", "Loop", List.of("", "", "x"), List.of("y"), body(body))
            .output("y", -1);

    assertThatThrownBy(model::read)
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("node 'loop' (Loop) has 3 inputs and 1 outputs")
        .hasMessageContaining("its body has 4 and 2");
  }

  /** Running sums of rows from the last on, put side by side: columns come out. */
  @Test
  void scansTensorsAlongAxes() {
    GraphProto.Builder body =
        GraphProto.newBuilder()
            .addInput(declaration("sum", FLOAT, 2))
            .addInput(declaration("row", FLOAT, 2))
            .addNode(node("Add", List.of("sum", "row"), List.of("next")))
            .addNode(node("Identity", List.of("next"), List.of("seen")));
    giving(body, "next", "seen");
    Runs runs =
        new Runs(
            OnnxBuilder.operatorSet(13)
                .input("first", 2)
                .input("x", -1, 2)
                .node(
                    "scan",
                    "Scan",
                    List.of("first", "x"),
                    List.of("last", "all"),
                    body(body),
                    OnnxBuilder.integer("num_scan_inputs", 1),
                    integers("scan_input_directions", 1),
                    integers("scan_output_axes", 1))
                .output("last", 2)
                .output("all", 2, -1)
                .read());

    List<Tensor> outputs =
        runs.all(
            null,
            Tensor.of(Shape.of(2), 10f, 20f),
            Tensor.of(Shape.of(3, 2), 1f, 2f, 3f, 4f, 5f, 6f));

    assertThat(outputs.get(0).toFloatArray()).containsExactly(19, 32);
    assertThat(outputs.get(1).shape()).isEqualTo(Shape.of(2, 3));
    assertThat(outputs.get(1).toFloatArray()).containsExactly(15, 18, 19, 26, 30, 32);
  }

  private static AttributeProto integers(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeType.INTS)
        .addInts(value)
        .build();
  }
}
