package io.norma.onnx.restoration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Network;
import io.norma.network.Normalization;
import io.norma.network.NormalizationKind;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import io.norma.onnx.ImportReport;
import io.norma.onnx.ImportResult;
import io.norma.onnx.ImportWarning;
import io.norma.onnx.ImportWarning.Code;
import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.RestorationReport;
import io.norma.onnx.RestorationReport.LeftFolded;
import io.norma.onnx.RestorationReport.RestoredLayer;
import io.norma.onnx.proto.TensorProto;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Scales and shifts per channel, as exporters leave of batch normalizations: all numbers are those
 * of {@code γ(x − μ)/√(σ² + 1e-3) + β} in double precision.
 */
final class ChainRestorationTest {
  private static final float[] GAMMA = {0.5f, -1.5f, 2};
  private static final float[] BETA = {0.25f, 0, -3};
  private static final float[] MEAN = {1, -0.5f, 4};
  private static final float[] VARIANCE = {0.5f, 2, 0.0625f};

  /** γ/√(σ² + ε), and β − μ times that. */
  private static final float[] SCALE = {0.70640075f, -1.0603951f, 7.936758f};

  private static final float[] SHIFT = {-0.45640072f, -0.53019756f, -34.747032f};

  private static final float[] X = {0, 2.5f, 0.75f};
  private static final double[] Y = {-0.4564007333, -3.1811853184, -28.7944631793};

  /** With means (0, 2, 1) and variances (1, 0.25, 3). */
  private static final double[] ADAPTED = {0.25, -1.4970089701, -3.2886270341};

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void bringsBackAMeanAScaleAndAShift(boolean channelsLast) {
    ImportResult imported = asKeras(channelsLast);
    assertThat(imported.report().warnings())
        .extracting(ImportWarning::code)
        .contains(Code.BATCH_NORMALIZATION_INSEPARABLE);

    ImportResult restored = restore(imported, keras("cnn/bn1/", ""));

    assertRestored(restored, "cnn/bn1", channelsLast);
    assertThat(restored.network().varianceConvention()).isEqualTo(VarianceConvention.POPULATION);
    assertThat(restored.network().constants()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void bringsBackAScaleAndAShift(boolean channelsLast) {
    Map<String, Tensor> checkpoint =
        checkpoint(
            "body.bn1.weight", "body.bn1.bias", "body.bn1.running_mean", "body.bn1.running_var");

    ImportResult restored = restore(asFrozen(channelsLast, SCALE, SHIFT), checkpoint);

    assertRestored(restored, "body.bn1", channelsLast);
    assertThat(restored.network().varianceConvention()).isEqualTo(VarianceConvention.UNBIASED);
  }

  @Test
  void reportsWhatItBroughtBack() {
    Map<String, Tensor> checkpoint = keras("cnn/bn1/", "");
    checkpoint.put("seed", FoldedModel.vector(1, 2));

    ImportReport report = restore(asKeras(true), checkpoint).report();

    assertThat(report.warnings()).isEmpty();
    assertThat(report.batchNormalizations())
        .containsExactly(
            new ImportReport.BatchNormalizationSummary(
                "cnn/bn1", 3, 1e-3, 0.01, "restored", List.of("cnn/bn1")));
    RestorationReport restoration = Objects.requireNonNull(report.restoration());
    assertThat(restoration.leftFolded()).isEmpty();
    assertThat(restoration.unusedKeys()).containsExactly("seed");
    RestoredLayer layer = restoration.restored().getFirst();
    assertThat(layer.node()).isEqualTo("add");
    assertThat(layer.weights()).isEmpty();
    assertThat(layer.deviation()).isBetween(0.0, 1e-7);
  }

  @ParameterizedTest
  @CsvSource({"bn/, '', bn", "a.b., ':0', a.b", "'', '', BatchNormalization_0", "a/bn/, :0, a/bn"})
  void knowsTheNamesOfKeras(String scope, String end, String name) {
    ImportResult restored = restore(asKeras(true), keras(scope, end));

    assertRestored(restored, name, true);
  }

  @Test
  void knowsTheNumbersOfKeras() {
    Map<String, Tensor> checkpoint =
        checkpoint(
            "layers/bn1/vars/0", "layers/bn1/vars/1", "layers/bn1/vars/2", "layers/bn1/vars/3");

    assertRestored(restore(asKeras(true), checkpoint), "layers/bn1", true);
  }

  /** {@code BatchNormalization(center=False, scale=False)}: (x − μ)/√(σ² + ε). */
  @Test
  void bringsBackWhatHasNeitherScaleNorShiftOfItsOwn() {
    Map<String, Tensor> checkpoint = keras("bn/", "");
    checkpoint.remove("bn/gamma");
    checkpoint.remove("bn/beta");
    ImportResult imported =
        file(false)
            .initializer(constant("mean", false, MEAN))
            .initializer(constant("scale", false, 1.4128015f, 0.7069301f, 3.968379f))
            .node("sub", "Sub", List.of("h", "mean"), List.of("a"))
            .node("mul", "Mul", List.of("a", "scale"), List.of("y"))
            .output("y", -1, 3, 1, 1)
            .read();

    ImportResult restored = restore(imported, checkpoint);

    BatchNormalizationLayer layer = restored.network().batchNormalizations().getFirst();
    assertThat(layer.gamma()).containsExactly(1, 1, 1);
    assertThat(layer.beta()).containsExactly(0, 0, 0);
    assertClose(
        run(restored.network(), false, restored.network().runningStatistics()),
        -1.4128014666,
        2.1207902372,
        -12.8972315897);
  }

  @Test
  void refusesACheckpointWithNoBatchNormalizationOfTheNetwork() {
    Map<String, Tensor> checkpoint = keras("bn/", "");
    checkpoint.put("bn/moving_variance", FoldedModel.vector(0.5f, 2, 0.063f));

    assertThatThrownBy(() -> restore(asKeras(true), checkpoint))
        .isInstanceOf(CheckpointMismatchException.class)
        .hasMessageContaining("no scale and shift per channel that are a batch normalization");
  }

  /** Right kernels, and the numbers of one batch normalization from another epoch. */
  @ParameterizedTest
  @ValueSource(strings = {"gamma", "beta", "moving_mean", "moving_variance"})
  void leavesAloneWhatNothingGives(String parameter) {
    Map<String, Tensor> checkpoint = keras("bn/", "");
    checkpoint.put("dense/kernel", weights());
    float[] other = Objects.requireNonNull(checkpoint.get("bn/" + parameter)).toFloatArray();
    other[2] *= 1.001f;
    checkpoint.put("bn/" + parameter, FoldedModel.vector(other));
    ImportResult imported = behindDense();

    ImportResult restored = restore(imported, checkpoint);

    assertThat(restored.network().batchNormalizations()).isEmpty();
    assertThat(restored.network().nodes()).isEqualTo(imported.network().nodes());
    assertThat(reportOf(restored).leftFolded())
        .containsExactly(
            new LeftFolded(
                "add",
                "it ends a scale and a shift per channel, but no batch normalization of 3 channels"
                    + " in the checkpoint gives these"));
    assertThat(restored.report().warnings())
        .extracting(ImportWarning::code)
        .contains(Code.BATCH_NORMALIZATION_INSEPARABLE);
  }

  @Test
  void refusesOtherKernels() {
    Map<String, Tensor> checkpoint = keras("bn/", "");
    Tensor other = weights();
    other.floats()[4] += 1e-3f;
    checkpoint.put("dense/kernel", other);

    assertThatThrownBy(() -> restore(behindDense(), checkpoint))
        .isInstanceOf(CheckpointMismatchException.class)
        .hasMessageContaining("0 of 1 convolutions and dense layers");
  }

  @Test
  void knowsALayerWhoseBiasIsAddedFurtherOn() {
    Map<String, Tensor> checkpoint = keras("bn/", "");
    checkpoint.put("dense/kernel", weights());
    checkpoint.put("dense/bias", FoldedModel.vector(1, 2, 3));

    ImportResult restored = restore(behindDense(), checkpoint);

    assertThat(restored.network().batchNormalizations()).hasSize(1);
    assertThat(reportOf(restored).unfolded()).isEqualTo(1);
    assertThat(reportOf(restored).unusedKeyCount()).isZero();
  }

  /** As freshly initialized, where numbers do not tell which is which. */
  @Test
  void usesEqualBatchNormalizationsOnceEach() {
    Map<String, Tensor> checkpoint = new LinkedHashMap<>();
    for (String module : List.of("bn", "bn_1", "bn_2", "bn_10")) {
      checkpoint.put(module + "/moving_mean", FoldedModel.vector(0, 0, 0));
      checkpoint.put(module + "/moving_variance", FoldedModel.vector(1, 1, 1));
    }
    OnnxBuilder file =
        file(false)
            .initializer(constant("scale", false, 0.9995004f, 0.9995004f, 0.9995004f))
            .initializer(constant("shift", false, 0, 0, 0));
    String value = "h";
    for (int i = 0; i < 4; i++) {
      String scope = i == 1 ? "/bn_10/" : "/";
      file.node(scope + "Mul" + i, "Mul", List.of(value, "scale"), List.of("a" + i))
          .node(scope + "Add" + i, "Add", List.of("a" + i, "shift"), List.of("b" + i))
          .node("relu" + i, "Relu", List.of("b" + i), List.of("r" + i));
      value = "r" + i;
    }

    ImportResult restored = restore(file.output(value, -1, 3, 1, 1).read(), checkpoint);

    assertThat(restored.network().batchNormalizations())
        .extracting(BatchNormalizationLayer::name)
        .containsExactly("bn", "bn_10", "bn_1", "bn_2");
  }

  /** What an image is prepared by is no batch normalization. */
  @Test
  void leavesOtherScalesAlone() {
    ImportResult imported =
        asFrozen(false, new float[] {2, 3, 4}, new float[] {-0.5f, -1.5f, -2.5f});
    Map<String, Tensor> checkpoint = keras("bn/", "");

    assertThatThrownBy(() -> restore(imported, checkpoint))
        .isInstanceOf(CheckpointMismatchException.class);
  }

  private static void assertRestored(ImportResult restored, String name, boolean channelsLast) {
    Network network = restored.network();
    assertThat(network.batchNormalizations()).hasSize(1);
    BatchNormalizationLayer layer = network.batchNormalizations().getFirst();
    assertThat(layer.name()).isEqualTo(name);
    assertThat(layer.gamma()).isEqualTo(GAMMA);
    assertThat(layer.beta()).isEqualTo(BETA);
    assertThat(layer.epsilon()).isEqualTo(1e-3);
    assertThat(layer.kind()).isEqualTo(NormalizationKind.RESTORED);
    assertThat(network.runningStatistics().layer(name))
        .isEqualTo(new ChannelStatistics(MEAN, VARIANCE));
    assertClose(run(network, channelsLast, network.runningStatistics()), Y);
    RunningStatistics other =
        new RunningStatistics(
            Map.of(name, new ChannelStatistics(new float[] {0, 2, 1}, new float[] {1, 0.25f, 3})));
    assertClose(run(network, channelsLast, other), ADAPTED);
  }

  private static void assertClose(double[] actual, double... expected) {
    assertThat(actual).containsExactly(expected, Offset.offset(1e-5));
  }

  private static double[] run(Network network, boolean channelsLast, RunningStatistics statistics) {
    ExecutionPlan plan = ExecutionPlan.compile(network);
    Tensor x = Tensor.of(channelsLast ? Shape.of(1, 1, 1, 3) : Shape.of(1, 3, 1, 1), X.clone());
    return plan.run(List.of(x), new Normalization.Frozen(plan.bind(statistics)), new Workspace())
        .getFirst()
        .toDoubleArray();
  }

  /** A Relu's output h. */
  private static OnnxBuilder file(boolean channelsLast) {
    OnnxBuilder file = OnnxBuilder.operatorSet(18);
    return (channelsLast ? file.input("x", -1, 1, 1, 3) : file.input("x", -1, 3, 1, 1))
        .node("relu", "Relu", List.of("x"), List.of("h"));
  }

  private static TensorProto constant(String name, boolean channelsLast, float... elements) {
    Shape shape =
        channelsLast ? Shape.of(1, 1, 1, elements.length) : Shape.of(1, elements.length, 1, 1);
    return OnnxBuilder.tensor(name, Tensor.of(shape, elements));
  }

  private static OnnxBuilder chain(OnnxBuilder file, boolean channelsLast) {
    return file.initializer(constant("mean", channelsLast, MEAN))
        .initializer(constant("scale", channelsLast, SCALE))
        .initializer(constant("beta", channelsLast, BETA))
        .node("sub", "Sub", List.of("h", "mean"), List.of("a"))
        .node("mul", "Mul", List.of("a", "scale"), List.of("b"))
        .node("add", "Add", List.of("b", "beta"), List.of("y"));
  }

  private static ImportResult asKeras(boolean channelsLast) {
    return chain(file(channelsLast), channelsLast).output("y", -1, -1, -1, -1).read();
  }

  private static ImportResult asFrozen(boolean channelsLast, float[] scale, float[] shift) {
    return file(channelsLast)
        .initializer(constant("scale", channelsLast, scale))
        .initializer(constant("shift", channelsLast, shift))
        .node("mul", "Mul", List.of("scale", "h"), List.of("b"))
        .node("add", "Add", List.of("b", "shift"), List.of("y"))
        .output("y", -1, -1, -1, -1)
        .read();
  }

  private static Tensor weights() {
    return Tensor.of(Shape.of(2, 3), 0.51f, -0.27f, 1.1f, 0.73f, -1.3f, 0.12f);
  }

  /** (N, 2) by a kernel (2, 3), and a chain of shapes (1, 3). */
  private static ImportResult behindDense() {
    return OnnxBuilder.operatorSet(18)
        .input("x", -1, 2)
        .initializer(OnnxBuilder.tensor("kernel", weights()))
        .initializer(OnnxBuilder.tensor("mean", Tensor.of(Shape.of(1, 3), MEAN)))
        .initializer(OnnxBuilder.tensor("scale", Tensor.of(Shape.of(1, 3), SCALE)))
        .initializer(OnnxBuilder.tensor("beta", Tensor.of(Shape.of(1, 3), BETA)))
        .node("dense", "MatMul", List.of("x", "kernel"), List.of("h"))
        .node("sub", "Sub", List.of("h", "mean"), List.of("a"))
        .node("mul", "Mul", List.of("a", "scale"), List.of("b"))
        .node("add", "Add", List.of("b", "beta"), List.of("y"))
        .output("y", -1, 3)
        .read();
  }

  private static Map<String, Tensor> keras(String scope, String end) {
    List<String> names = new ArrayList<>();
    for (String parameter : List.of("gamma", "beta", "moving_mean", "moving_variance")) {
      names.add(scope + parameter + end);
    }
    return checkpoint(names.toArray(String[]::new));
  }

  /** Names of γ, β, μ and σ². */
  private static Map<String, Tensor> checkpoint(String... names) {
    List<float[]> elements = List.of(GAMMA, BETA, MEAN, VARIANCE);
    Map<String, Tensor> checkpoint = new LinkedHashMap<>();
    for (int i = 0; i < names.length; i++) {
      checkpoint.put(names[i], FoldedModel.vector(elements.get(i).clone()));
    }
    return checkpoint;
  }

  private static ImportResult restore(ImportResult imported, Map<String, Tensor> checkpoint) {
    return Restoration.restore(imported, Checkpoint.of(checkpoint), MemoryBudget.unlimited());
  }

  private static RestorationReport reportOf(ImportResult restored) {
    return Objects.requireNonNull(restored.report().restoration());
  }
}
