package io.norma.onnx;

import static io.norma.onnx.OnnxBuilder.integer;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Network;
import io.norma.network.Normalization;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import io.norma.onnx.ImportWarning.Code;
import io.norma.onnx.proto.AttributeProto;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that fix the batch to one row. */
final class OpenBatchTest {
  private static List<Code> codes(ImportResult imported) {
    return imported.report().warnings().stream().map(ImportWarning::code).toList();
  }

  private static Tensor run(Network network, Tensor x, Normalization normalization) {
    return ExecutionPlan.compileForObservation(network)
        .run(List.of(x), normalization, new Workspace())
        .getFirst();
  }

  private static Normalization frozen(Network network) {
    return new Normalization.Frozen(
        ExecutionPlan.compile(network).bind(network.runningStatistics()));
  }

  /** Each row by itself gives what all of them give together. */
  private static void assertRowsApart(Network network, Tensor x) {
    Tensor whole = run(network, x, frozen(network));
    assertThat(whole.shape().dimension(0)).isEqualTo(x.shape().dimension(0));
    for (int row = 0; row < x.shape().dimension(0); row++) {
      Tensor one = run(network, x.rows(row, row + 1).copy(), frozen(network));
      assertThat(whole.rows(row, row + 1).copy().toFloatArray()).isEqualTo(one.toFloatArray());
    }
  }

  private static Tensor counted(int... shape) {
    Tensor x = Tensor.of(Shape.of(shape), new float[Shape.of(shape).size()]);
    for (int i = 0; i < x.size(); i++) {
      x.setDouble(i, i * 0.5 - 7);
    }
    return x;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void opensShapesThatAreTheBatchs(int allowZero) {
    ImportResult imported =
        OnnxBuilder.operatorSet(18)
            .input("x", 1, 2, 4)
            .longs("pairs", 1, 2, 2, 2)
            .longs("flat", 1, -1)
            .node(
                "split",
                "Reshape",
                List.of("x", "pairs"),
                List.of("a"),
                integer("allowzero", allowZero))
            .node(
                "swap",
                "Transpose",
                List.of("a"),
                List.of("b"),
                AttributeProto.newBuilder()
                    .setName("perm")
                    .setType(AttributeProto.AttributeType.INTS)
                    .addAllInts(List.of(0L, 2L, 1L, 3L))
                    .build())
            .node(
                "flatten",
                "Reshape",
                List.of("b", "flat"),
                List.of("y"),
                integer("allowzero", allowZero))
            .output("y", 1, 8)
            .read();

    Network network = imported.network();
    assertThat(codes(imported)).contains(Code.FIXED_BATCH_OPENED).doesNotContain(Code.FIXED_BATCH);
    assertThat(network.inputs().getFirst().shape()).containsExactly(-1L, 2L, 4L);
    assertThat(network.outputs().getFirst().shape()).containsExactly(-1L, 8L);
    assertRowsApart(network, counted(3, 2, 4));
  }

  @Test
  void opensSizesOfAResize() {
    ImportResult imported =
        OnnxBuilder.operatorSet(18)
            .input("x", 1, 1, 2, 2)
            .longs("sizes", 1, 1, 4, 3)
            .node(
                "resize",
                "Resize",
                List.of("x", "", "", "sizes"),
                List.of("y"),
                AttributeProto.newBuilder()
                    .setName("mode")
                    .setType(AttributeProto.AttributeType.STRING)
                    .setS(ByteString.copyFromUtf8("linear"))
                    .build())
            .output("y", 1, 1, 4, 3)
            .read();

    assertThat(codes(imported)).contains(Code.FIXED_BATCH_OPENED);
    assertRowsApart(imported.network(), counted(3, 1, 2, 2));
  }

  /** All rows are there together: ((1, 2), (3, 6)) has means 2 and 4, deviations 1 and 2. */
  @Test
  void normalizesByAllRowsOfABatch() {
    Network network =
        OnnxBuilder.operatorSet(18)
            .input("x", 1, 2)
            .floats("gamma", 1, 1)
            .floats("beta", 0, 0)
            .floats("bn.running_mean", 0, 0)
            .floats("bn.running_var", 1, 1)
            .node(
                "bn",
                "BatchNormalization",
                List.of("x", "gamma", "beta", "bn.running_mean", "bn.running_var"),
                List.of("y"))
            .output("y", 1, 2)
            .read()
            .network();

    Tensor y = run(network, Tensor.of(Shape.of(2, 2), 1f, 2, 3, 6), new Normalization.Batch());

    assertThat(y.toFloatArray()).usingComparatorWithPrecision(1e-4f).containsExactly(-1, -1, 1, 1);
  }

  @Test
  void leavesAsItIsWhatMayMixRows() {
    for (String axis : List.of("softmax over rows", "an output of no rows", "a state")) {
      OnnxBuilder file = OnnxBuilder.operatorSet(18).input("x", 1, 4);
      switch (axis) {
        case "softmax over rows" ->
            file.node("n", "Softmax", List.of("x"), List.of("y"), integer("axis", 0))
                .output("y", 1, 4);
        case "an output of no rows" ->
            file.node("n", "Relu", List.of("x"), List.of("y")).output("y", -1, 4);
        default ->
            file.input("state", 2, 4)
                .node("n", "Add", List.of("x", "state"), List.of("y"))
                .output("y", 2, 4);
      }
      ImportResult imported = file.read();

      assertThat(codes(imported)).as(axis).doesNotContain(Code.FIXED_BATCH_OPENED);
      assertThat(codes(imported)).as(axis).contains(Code.FIXED_BATCH);
      assertThat(imported.network().inputs().getFirst().shape()).as(axis).containsExactly(1L, 4L);
    }
  }

  @Test
  void keepsAFileOfOneRowAsItWas() {
    Network network =
        OnnxBuilder.operatorSet(18)
            .input("x", 1, 2, 2)
            .longs("flat", 1, 4)
            .node("flatten", "Reshape", List.of("x", "flat"), List.of("y"))
            .output("y", 1, 4)
            .read()
            .network();

    Tensor y = run(network, counted(1, 2, 2), frozen(network));

    assertThat(y.shape()).isEqualTo(Shape.of(1, 4));
    assertThat(y.toFloatArray()).isEqualTo(counted(1, 2, 2).toFloatArray());
  }
}
