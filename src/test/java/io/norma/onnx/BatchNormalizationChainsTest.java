package io.norma.onnx;

import static io.norma.onnx.OnnxBuilder.integer;
import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.Normalization;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import io.norma.onnx.ImportWarning.Code;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batch normalizations written as arithmetic, against {@code γ(x − μ)/√(σ² + ε) + β} in double. */
final class BatchNormalizationChainsTest {
  private static final float[] GAMMA = {0.5f, -1.5f, 2};
  private static final float[] BETA = {0.25f, 0, -3};
  private static final float[] MEAN = {1, -0.5f, 4};
  private static final float[] VARIANCE = {0.5f, 2, 0.0625f};
  private static final float[] OTHER_MEAN = {0, 2, 1};
  private static final float[] OTHER_VARIANCE = {1, 0.25f, 3};
  private static final float EPSILON = 1e-3f;

  /**
   * x and its channels' parameters, which are of shape (3, 1, 1) or (3) and named as Keras does.
   */
  private static OnnxBuilder constants(boolean channelsLast) {
    OnnxBuilder file =
        channelsLast
            ? OnnxBuilder.operatorSet(18).input("x", -1, 2, 2, 3)
            : OnnxBuilder.operatorSet(18).input("x", -1, 3, 2, 2);
    file.floats("bn1/gamma", GAMMA)
        .floats("bn1/beta", BETA)
        .floats("bn1/moving_mean", MEAN)
        .floats("bn1/moving_variance", VARIANCE)
        .floats("epsilon", EPSILON)
        .longs("shape", channelsLast ? new long[] {1, 1, 1, 3} : new long[] {1, 3, 1, 1});
    for (String name : List.of("gamma", "beta", "moving_mean", "moving_variance")) {
      file.node("", "Reshape", List.of("bn1/" + name, "shape"), List.of(name));
    }
    return file.node("", "Relu", List.of("x"), List.of("h"))
        .node("", "Add", List.of("moving_variance", "epsilon"), List.of("v"))
        .node("", "Sqrt", List.of("v"), List.of("root"))
        .node("", "Reciprocal", List.of("root"), List.of("inverse"))
        .node("", "Mul", List.of("inverse", "gamma"), List.of("scale"));
  }

  private static OnnxBuilder asKeras(boolean channelsLast) {
    return constants(channelsLast)
        .node("sub", "Sub", List.of("h", "moving_mean"), List.of("a"))
        .node("mul", "Mul", List.of("a", "scale"), List.of("b"))
        .node("add", "Add", List.of("b", "beta"), List.of("y"))
        .output("y", -1, -1, -1, -1);
  }

  private static Tensor x(boolean channelsLast) {
    Random random = new Random(1);
    Tensor x = Tensor.of(channelsLast ? Shape.of(2, 2, 2, 3) : Shape.of(2, 3, 2, 2), new float[24]);
    for (int i = 0; i < x.size(); i++) {
      x.setDouble(i, random.nextGaussian() * 3);
    }
    return x;
  }

  private static Tensor run(Network network, Tensor x, RunningStatistics statistics) {
    ExecutionPlan plan = ExecutionPlan.compile(network);
    return plan.run(List.of(x), new Normalization.Frozen(plan.bind(statistics)), new Workspace())
        .getFirst();
  }

  private static void assertNormalized(
      Network network, boolean channelsLast, float[] mean, float[] variance) {
    String name = network.batchNormalizations().getFirst().name();
    Tensor x = x(channelsLast);
    Tensor y =
        run(network, x, new RunningStatistics(Map.of(name, new ChannelStatistics(mean, variance))));
    double[] expected = new double[x.size()];
    double largest = 0;
    for (int i = 0; i < x.size(); i++) {
      int c = channelsLast ? i % 3 : i / 4 % 3;
      double h = Math.max(0, x.getDouble(i));
      expected[i] = GAMMA[c] * (h - mean[c]) / Math.sqrt(variance[c] + 1e-3) + BETA[c];
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    assertThat(y.toDoubleArray()).containsExactly(expected, Offset.offset(2e-6 * largest));
  }

  private static List<Code> codes(ImportResult imported) {
    return imported.report().warnings().stream().map(ImportWarning::code).toList();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void recognizesMeanScaleAndShift(boolean channelsLast) {
    ImportResult imported = asKeras(channelsLast).read();
    Network network = imported.network();

    assertThat(network.batchNormalizations()).extracting(b -> b.name()).containsExactly("bn1");
    assertThat(network.batchNormalizations().getFirst().gamma()).isEqualTo(GAMMA);
    assertThat(network.batchNormalizations().getFirst().epsilon()).isEqualTo(1e-3);
    assertThat(network.runningStatistics().layer("bn1").mean()).isEqualTo(MEAN);
    assertThat(network.varianceConvention()).isEqualTo(VarianceConvention.POPULATION);
    assertThat(codes(imported)).containsExactly(Code.BATCH_NORMALIZATION_RECOGNIZED);
    assertThat(network.nodes()).extracting(Node::operator).doesNotContain("Sub", "Mul", "Add");
    assertNormalized(network, channelsLast, MEAN, VARIANCE);
    assertNormalized(network, channelsLast, OTHER_MEAN, OTHER_VARIANCE);
  }

  /** torchvision's FrozenBatchNorm2d, and TensorFlow's form with the shift subtracted from β. */
  @Test
  void recognizesScaleAndShiftThatTheMeanIsIn() {
    Network network =
        constants(false)
            .node("", "Mul", List.of("moving_mean", "scale"), List.of("scaled"))
            .node("", "Sub", List.of("beta", "scaled"), List.of("shift"))
            .node("mul", "Mul", List.of("scale", "h"), List.of("b"))
            .node("add", "Add", List.of("shift", "b"), List.of("y"))
            .output("y", -1, -1, -1, -1)
            .read()
            .network();

    assertThat(network.batchNormalizations()).extracting(b -> b.name()).containsExactly("bn1");
    assertNormalized(network, false, OTHER_MEAN, OTHER_VARIANCE);
  }

  @Test
  void recognizesANegatedMeanTimesTheScale() {
    Network network =
        constants(false)
            .node("", "Neg", List.of("moving_mean"), List.of("negated"))
            .node("", "Mul", List.of("negated", "scale"), List.of("scaled"))
            .node("", "Add", List.of("scaled", "beta"), List.of("shift"))
            .node("mul", "Mul", List.of("h", "scale"), List.of("b"))
            .node("add", "Add", List.of("b", "shift"), List.of("y"))
            .output("y", -1, -1, -1, -1)
            .read()
            .network();

    assertNormalized(network, false, OTHER_MEAN, OTHER_VARIANCE);
  }

  @Test
  void recognizesADivisionByTheStandardDeviation() {
    Network network =
        constants(false)
            .node("sub", "Sub", List.of("h", "moving_mean"), List.of("a"))
            .node("div", "Div", List.of("a", "root"), List.of("b"))
            .node("mul", "Mul", List.of("gamma", "b"), List.of("c"))
            .node("add", "Add", List.of("c", "beta"), List.of("y"))
            .output("y", -1, -1, -1, -1)
            .read()
            .network();

    assertNormalized(network, false, OTHER_MEAN, OTHER_VARIANCE);
  }

  @Test
  void takesWhatIsMissingForOnesAndZeros() {
    Network network =
        constants(false)
            .node("sub", "Sub", List.of("h", "moving_mean"), List.of("a"))
            .node("mul", "Mul", List.of("a", "inverse"), List.of("y"))
            .output("y", -1, -1, -1, -1)
            .read()
            .network();

    assertThat(network.batchNormalizations().getFirst().gamma()).containsOnly(1);
    assertThat(network.batchNormalizations().getFirst().beta()).containsOnly(0);
  }

  @Test
  void saysWhichChainsAreInseparable() {
    OnnxBuilder file = OnnxBuilder.operatorSet(18).input("x", -1, 2, 2, 3);
    ImportResult imported =
        file.floats("mean", MEAN)
            .floats("scale", GAMMA)
            .floats("shift", BETA)
            .node("", "Relu", List.of("x"), List.of("h"))
            .node("sub", "Sub", List.of("h", "mean"), List.of("a"))
            .node("mul", "Mul", List.of("a", "scale"), List.of("b"))
            .node("add", "Add", List.of("b", "shift"), List.of("y"))
            .output("y", -1, 2, 2, 3)
            .read();

    assertThat(imported.network().batchNormalizations()).isEmpty();
    assertThat(imported.report().warnings())
        .filteredOn(warning -> warning.code() == Code.BATCH_NORMALIZATION_INSEPARABLE)
        .singleElement()
        .satisfies(warning -> assertThat(warning.names()).containsExactly("add"));
  }

  /** A network's first step is as likely to standardize its input by constants. */
  @Test
  void leavesAloneHowInputsAreStandardized() {
    ImportResult imported =
        OnnxBuilder.operatorSet(18)
            .input("x", -1, 2, 2, 3)
            .floats("mean", MEAN)
            .floats("deviation", VARIANCE)
            .node("sub", "Sub", List.of("x", "mean"), List.of("a"))
            .node("div", "Div", List.of("a", "deviation"), List.of("y"))
            .output("y", -1, 2, 2, 3)
            .read();

    assertThat(imported.network().nodes()).extracting(Node::operator).containsExactly("Sub", "Div");
    assertThat(codes(imported)).doesNotContain(Code.BATCH_NORMALIZATION_INSEPARABLE);
  }

  @Test
  void leavesAloneWhatOthersReadAHalfOf() {
    Network network =
        constants(false)
            .node("sub", "Sub", List.of("h", "moving_mean"), List.of("a"))
            .node("mul", "Mul", List.of("a", "scale"), List.of("b"))
            .node("add", "Add", List.of("b", "beta"), List.of("y"))
            .output("y", -1, -1, -1, -1)
            .output("b", -1, -1, -1, -1)
            .read()
            .network();

    assertThat(network.nodes()).extracting(Node::operator).contains("Add");
    assertThat(network.nodes()).extracting(Node::operator).doesNotContain("Sub");
    assertThat(network.batchNormalizations().getFirst().beta()).containsOnly(0);
  }

  @Test
  void leavesAloneAScaleThatIsNoneOfAVariance() {
    Network network =
        constants(false)
            .node("", "Mul", List.of("scale", "scale"), List.of("square"))
            .node("sub", "Sub", List.of("h", "moving_mean"), List.of("a"))
            .node("mul", "Mul", List.of("a", "square"), List.of("b"))
            .node("add", "Add", List.of("b", "beta"), List.of("y"))
            .output("y", -1, -1, -1, -1)
            .read()
            .network();

    assertThat(network.batchNormalizations()).isEmpty();
  }

  /** PyTorch's {@code BatchNorm1d(affine=False)}, exported without its optimizer. */
  @Test
  void bindsParametersThatAreOneConstantForEachChannel() {
    Network network =
        OnnxBuilder.operatorSet(20)
            .input("x", -1, 3)
            .initializer(OnnxBuilder.tensor("one", Tensor.of(Shape.of(), 1f)))
            .initializer(OnnxBuilder.tensor("zero", Tensor.of(Shape.of(), 0f)))
            .floats("bn.running_mean", MEAN)
            .floats("bn.running_var", VARIANCE)
            .node("", "Relu", List.of("x"), List.of("h"))
            .node("", "CastLike", List.of("one", "h"), List.of("a"))
            .node("", "Shape", List.of("h"), List.of("s"), integer("start", 1), integer("end", 2))
            .node("", "Expand", List.of("a", "s"), List.of("gamma"))
            .node("", "CastLike", List.of("zero", "h"), List.of("b"))
            .node("", "Shape", List.of("h"), List.of("t"), integer("start", 1), integer("end", 2))
            .node("", "Expand", List.of("b", "t"), List.of("beta"))
            .node(
                "node",
                "BatchNormalization",
                List.of("h", "gamma", "beta", "bn.running_mean", "bn.running_var"),
                List.of("y"))
            .output("y", -1, 3)
            .read()
            .network();

    assertThat(network.nodes())
        .extracting(Node::operator)
        .containsExactly("Relu", "BatchNormalization");
    assertThat(network.batchNormalizations()).extracting(b -> b.name()).containsExactly("bn");
    assertThat(network.batchNormalizations().getFirst().gamma()).containsExactly(1, 1, 1);
    assertThat(network.batchNormalizations().getFirst().beta()).containsExactly(0, 0, 0);
  }
}
