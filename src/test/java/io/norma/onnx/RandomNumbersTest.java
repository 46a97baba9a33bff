package io.norma.onnx;

import static io.norma.onnx.OnnxBuilder.FLOAT;
import static io.norma.onnx.OnnxBuilder.declaration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.LayerException;
import io.norma.network.compile.RowIndependence;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.TensorProto;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RandomNumbersTest {
  /** Of seed 42: by SplitMix64 and Box and Muller, computed apart. */
  private static final float[] EXPECTED = {
    0.32118025f, -0.5044413f, -0.31378353f, 0.3669409f, 2.1070738f, -0.8184635f
  };

  /** y = x + e, e drawn. */
  private static OnnxBuilder draws(String operator) {
    return OnnxBuilder.operatorSet(15)
        .input("x", -1, 3)
        .node("noise", operator, List.of("x"), List.of("e"))
        .node("sum", "Add", List.of("x", "e"), List.of("y"))
        .output("y", -1, 3);
  }

  private static float[] run(Runs runs, long seed, Tensor x) {
    return runs.all(seed, x).getFirst().toFloatArray();
  }

  @Test
  void drawsTheSameWithTheSameSeed() {
    Runs runs = new Runs(draws("RandomNormalLike").read());
    Runs others = new Runs(draws("RandomNormalLike").read());
    Tensor x = Tensor.zeros(DataType.FP32, Shape.of(2, 3));

    float[] first = run(runs, 42, x);

    assertThat(run(runs, 42, x)).isEqualTo(first);
    assertThat(run(others, 42, x)).isEqualTo(first);
    assertThat(run(runs, 43, x)).isNotEqualTo(first);
    assertThat(run(runs, -42, x)).isNotEqualTo(first);
    assertThat(first).containsExactly(EXPECTED);
  }

  @Test
  void refusesToDrawWithoutASeed() {
    Runs runs = new Runs(draws("RandomUniformLike").read());

    assertThatThrownBy(() -> runs.run(Tensor.zeros(DataType.FP32, Shape.of(2, 3))))
        .isInstanceOf(LayerException.class)
        .hasMessageContainingAll("layer 'noise': ", "send the request parameter 'seed'");
  }

  @Test
  void needsNoSeedWhereTheFileGivesOne() {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(15)
            .input("x", -1, 3)
            .node(
                "noise",
                "RandomNormalLike",
                List.of("x"),
                List.of("y"),
                OnnxBuilder.real("seed", 5))
            .output("y", -1, 3);
    Runs runs = new Runs(model.read());
    Tensor x = Tensor.zeros(DataType.FP32, Shape.of(1, 3));

    float[] drawn = runs.run(x).toFloatArray();

    assertThat(runs.run(x).toFloatArray()).isEqualTo(drawn);
    assertThat(run(runs, 42, x)).as("whatever the request says").isEqualTo(drawn);
  }

  /** What a row draws depends on its position, not on the rows behind it. */
  @Test
  void drawsTheSameForARowHoweverManyFollow() {
    Runs runs = new Runs(draws("RandomNormalLike").read());

    float[] five = run(runs, 7, Tensor.zeros(DataType.FP32, Shape.of(5, 3)));
    float[] two = run(runs, 7, Tensor.zeros(DataType.FP32, Shape.of(2, 3)));

    assertThat(two).isEqualTo(Arrays.copyOf(five, 6));
    assertThat(Arrays.copyOf(five, 3)).isNotEqualTo(Arrays.copyOfRange(five, 3, 6));
    assertThat(RowIndependence.of(runs.plan.network())).isFalse();
  }

  @Test
  void drawsOtherNumbersInEachNode() {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(15)
            .input("x", -1, 3)
            .node("a", "RandomUniformLike", List.of("x"), List.of("u"))
            .node("b", "RandomUniformLike", List.of("x"), List.of("v"))
            .output("u", -1, 3)
            .output("v", -1, 3);
    List<Tensor> outputs =
        new Runs(model.read()).all(1L, Tensor.zeros(DataType.FP32, Shape.of(1, 3)));

    assertThat(outputs.get(0).toFloatArray()).isNotEqualTo(outputs.get(1).toFloatArray());
  }

  @Test
  void drawsOtherNumbersInEachIteration() {
    GraphProto.Builder body =
        GraphProto.newBuilder()
            .addInput(declaration("i", TensorProto.DataType.INT64_VALUE))
            .addInput(declaration("goes_on", TensorProto.DataType.BOOL_VALUE))
            .addNode(
                NodeProto.newBuilder()
                    .setOpType("RandomUniformLike")
                    .addInput("x")
                    .addOutput("drawn"))
            .addOutput(declaration("goes_on", TensorProto.DataType.BOOL_VALUE))
            .addOutput(declaration("drawn", FLOAT, 1));
    OnnxBuilder model =
        OnnxBuilder.operatorSet(15)
            .input("x", 1)
            .input(declaration("count", TensorProto.DataType.INT64_VALUE))
            .node(
                "loop", "Loop", List.of("count", ""), List.of("y"), BranchTest.branch("body", body))
            .output("y", -1, 1);
    Runs runs = new Runs(model.read());
    Tensor x = Tensor.of(Shape.of(1), 0f);

    float[] drawn =
        runs.all(3L, x, Tensor.of(Shape.of(), new long[] {4})).getFirst().toFloatArray();

    assertThat(drawn).hasSize(4).doesNotHaveDuplicates();
    assertThat(runs.all(3L, x, Tensor.of(Shape.of(), new long[] {2})).getFirst().toFloatArray())
        .containsExactly(drawn[0], drawn[1]);
  }

  /** Of 100,000 numbers; 0.02 is six standard errors of the mean and nine of the deviation. */
  @Test
  void drawsNormalNumbers() {
    float[] drawn =
        run(
            new Runs(draws("RandomNormalLike").read()),
            11,
            Tensor.zeros(DataType.FP32, Shape.of(100_000 / 3, 3)));
    double mean = 0;
    double squares = 0;
    int within = 0;
    for (float value : drawn) {
      mean += value / (double) drawn.length;
      squares += (double) value * value / drawn.length;
      within += Math.abs(value) < 1 ? 1 : 0;
    }

    assertThat(mean).isCloseTo(0, within(0.02));
    assertThat(Math.sqrt(squares)).isCloseTo(1, within(0.02));
    assertThat(within / (double) drawn.length).isCloseTo(0.6827, within(0.01));
  }
}
