package io.norma.onnx;

import static io.norma.onnx.OnnxBuilder.real;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.LayerException;
import io.norma.network.Normalization;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import io.norma.onnx.ImportReport.BatchNormalizationSummary;
import io.norma.onnx.file.MalformedOnnxException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class OnnxImporterTest {
  private static final List<String> BN1 =
      List.of("bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var");

  private static OnnxBuilder withParameters() {
    return OnnxBuilder.operatorSet(15)
        .input("x", -1, 2)
        .floats("bn1.weight", 1, 2)
        .floats("bn1.bias", 0, 1)
        .floats("bn1.running_mean", 4, 5)
        .floats("bn1.running_var", 5, 5);
  }

  private static List<String> inputs(String x, List<String> parameters) {
    return Stream.concat(Stream.of(x), parameters.stream()).toList();
  }

  private static Tensor run(ImportResult result, Tensor... inputs) {
    ExecutionPlan plan = ExecutionPlan.compile(result.network());
    return plan.run(
            List.of(inputs),
            new Normalization.Frozen(plan.bind(result.network().runningStatistics())),
            new Workspace())
        .getFirst();
  }

  @Test
  void readsLayersAndBatchNormalizationsApart() {
    ImportResult result =
        withParameters()
            .node("/elu", "Elu", List.of("x"), List.of("e"))
            .node("/bn1/BatchNormalization", "BatchNormalization", inputs("e", BN1), List.of("y"))
            .output("y", -1, 2)
            .read();

    assertThat(result.network().nodes()).extracting("name").containsExactly("/elu", "bn1");
    assertThat(result.network().runningStatistics().layer("bn1").mean()).containsExactly(4, 5);
    Tensor y = run(result, Tensor.of(Shape.of(1, 2), 4f, 10f));
    assertThat(y.toDoubleArray()[0]).isZero();
    assertThat(y.toDoubleArray()[1]).isCloseTo(1 + 2 * 5 / Math.sqrt(5 + 1e-5), within(1e-6));
  }

  @Test
  void reportsWhatItFound() {
    ImportReport report =
        withParameters()
            .node(
                "/bn1/BatchNormalization",
                "BatchNormalization",
                inputs("x", BN1),
                List.of("y"),
                real("epsilon", 1e-3f),
                real("momentum", 0.99f))
            .output("y", -1, 2)
            .read()
            .report();

    assertThat(report.producer()).isEqualTo("test");
    assertThat(report.irVersion()).isEqualTo(8);
    assertThat(report.operatorSet()).isEqualTo(15);
    assertThat(report.inputs())
        .containsExactly(
            new ImportReport.Value("x", ElementType.FP32, List.of(-1L, 2L), List.of("N", "")));
    assertThat(report.batchNormalizations())
        .containsExactly(
            new BatchNormalizationSummary(
                "bn1", 2, 1e-3, 0.01, List.of("/bn1/BatchNormalization")));
    assertThat(report.layers().getFirst().parameters()).extracting("name").isEqualTo(BN1);
    assertThat(report.parameters()).isEqualTo(8);
    assertThat(report.parameterBytes()).isEqualTo(32);
  }

  @Test
  void keepsOneSharedBatchNormalizationOne() {
    ImportResult result =
        withParameters()
            .node("first", "BatchNormalization", inputs("x", BN1), List.of("a"))
            .node("second", "BatchNormalization", inputs("a", BN1), List.of("y"))
            .output("y", -1, 2)
            .read();

    assertThat(result.network().batchNormalizations()).extracting("name").containsExactly("bn1");
    assertThat(result.network().nodes()).extracting("name").containsExactly("bn1", "bn1_2");
    assertThat(result.network().nodes())
        .extracting("batchNormalization")
        .containsExactly("bn1", "bn1");
    assertThat(result.report().batchNormalizations().getFirst().nodes())
        .containsExactly("first", "second");
    assertThat(result.report().parameters()).isEqualTo(8);
  }

  @Test
  void tellsBatchNormalizationsApartThatShareAWeightOfOnes() {
    ImportResult result =
        withParameters()
            .floats("bn2.running_mean", 1, 2)
            .floats("bn2.running_var", 3, 4)
            .node("first", "BatchNormalization", inputs("x", BN1), List.of("a"))
            .node(
                "second",
                "BatchNormalization",
                List.of("a", "bn1.weight", "bn1.bias", "bn2.running_mean", "bn2.running_var"),
                List.of("y"))
            .output("y", -1, 2)
            .read();

    assertThat(result.network().batchNormalizations())
        .extracting("name")
        .containsExactly("bn1", "bn2");
  }

  @Test
  void computesConstantExpressionsAndDropsWhatNothingReads() {
    ImportResult result =
        withParameters()
            .floats("raw", 1, -1)
            .node("folded", "Elu", List.of("raw"), List.of("c"))
            .node("dead", "NoSuchOperator", List.of("x"), List.of("d"))
            .node(
                "bn",
                "BatchNormalization",
                List.of("x", "c", "bn1.bias", "bn1.running_mean", "bn1.running_var"),
                List.of("y"))
            .output("y", -1, 2)
            .read();

    assertThat(result.network().nodes()).hasSize(1);
    float[] gamma = result.network().batchNormalizations().getFirst().gamma();
    assertThat(gamma[0]).isEqualTo(1);
    assertThat(gamma[1]).isCloseTo((float) Math.expm1(-1), within(1e-6f));
  }

  @Test
  void givesLayersTheirWeights() {
    ImportResult result =
        OnnxBuilder.operatorSet(22)
            .input("x", -1, 2)
            .floats("w", 3, 5)
            .node("product", "Mul", List.of("x", "w"), List.of("y"))
            .output("y", -1, 2)
            .read();

    assertThat(run(result, Tensor.of(Shape.of(1, 2), 2f, 10f)).toFloatArray())
        .containsExactly(6, 50);
    assertThat(result.report().parameters()).isEqualTo(2);
  }

  @Test
  void givesOutConstants() {
    ImportResult result = OnnxBuilder.operatorSet(22).floats("w", 1, 2).output("w", 2).read();

    assertThat(run(result).toFloatArray()).containsExactly(1, 2);
  }

  @Test
  void takesInitializersThatAreAlsoInputsForWeights() {
    ImportResult result =
        withParameters()
            .irVersion(3)
            .input("bn1.weight", 2)
            .node("bn", "BatchNormalization", inputs("x", BN1), List.of("y"))
            .output("y", -1, 2)
            .read();

    assertThat(result.network().inputs()).extracting("name").containsExactly("x");
  }

  @Test
  void namesUnnamedNodesByOperatorAndPosition() {
    ImportResult result =
        OnnxBuilder.operatorSet(22)
            .input("x", -1, 2)
            .node("", "Elu", List.of("x"), List.of("a"))
            .node("", "Elu", List.of("a"), List.of("y"))
            .output("y", -1, 2)
            .read();

    assertThat(result.network().nodes()).extracting("name").containsExactly("Elu_0", "Elu_1");
  }

  @Test
  void rejectsInputsThatNothingMakes() {
    assertThatThrownBy(
            OnnxBuilder.operatorSet(22)
                    .input("x", -1, 2)
                    .node("elu", "Elu", List.of("z"), List.of("y"))
                    .output("y", -1, 2)
                ::read)
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessage("node 'elu' (Elu) reads 'z', which nothing makes");
  }

  @Test
  void rejectsCycles() {
    assertThatThrownBy(
            OnnxBuilder.operatorSet(22)
                    .node("a", "Elu", List.of("z"), List.of("y"))
                    .node("b", "Elu", List.of("y"), List.of("z"))
                    .output("y", -1, 2)
                ::read)
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("node 'a' (Elu) reads 'z', which is made only after it")
        .hasMessageContaining("cycle");
  }

  @Test
  void rejectsValuesMadeTwice() {
    assertThatThrownBy(
            OnnxBuilder.operatorSet(22)
                    .input("x", -1, 2)
                    .node("a", "Elu", List.of("x"), List.of("y"))
                    .node("b", "Elu", List.of("x"), List.of("y"))
                    .output("y", -1, 2)
                ::read)
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("'y' is made twice, by node 'a' (Elu) and by node 'b' (Elu)");
  }

  @Test
  void rejectsOutputsThatNothingMakes() {
    assertThatThrownBy(OnnxBuilder.operatorSet(22).input("x", 1).output("y", 1)::read)
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessage("nothing makes the model's output 'y'");
    assertThatThrownBy(OnnxBuilder.operatorSet(22).input("x", 1)::read)
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessage("the model has no outputs");
  }

  @Test
  void runsLayersWhoseFurtherOutputsNothingReads() {
    ImportResult result =
        OnnxBuilder.operatorSet(22)
            .input("x", -1, 2)
            .node("elu", "Elu", List.of("x"), List.of("y", "unread"))
            .output("y", -1, 2)
            .read();

    assertThat(run(result, Tensor.of(Shape.of(1, 2), 1f, 2f)).toFloatArray()).containsExactly(1, 2);
  }

  @Test
  void refusesToRunALayerThatDoesNotMakeWhatIsRead() {
    ImportResult result =
        OnnxBuilder.operatorSet(22)
            .input("x", -1, 2)
            .longs("k", 1)
            .node("top", "TopK", List.of("x", "k"), List.of("y", "at", "more"))
            .output("y", -1, 1)
            .output("more", -1, 2)
            .read();

    assertThatThrownBy(() -> run(result, Tensor.of(Shape.of(1, 2), 1f, 2f)))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining("'top'")
        .hasMessageContaining("reads output 2, 'more', but the layer makes 2");
  }

  private static Tensor run(ImportResult result, Tensor input) {
    ExecutionPlan plan = ExecutionPlan.compile(result.network());
    return plan.run(
            List.of(input),
            new Normalization.Frozen(plan.bind(result.network().runningStatistics())),
            new Workspace())
        .getFirst();
  }

  @Test
  void rejectsMoreOutputsThanTheOperatorMakes() {
    assertThatThrownBy(
            OnnxBuilder.operatorSet(22)
                    .floats("w", 1)
                    .node("elu", "Elu", List.of("w"), List.of("y", "z"))
                    .output("y", 1)
                ::read)
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("node 'elu' (Elu) has 2 outputs, but its operator makes 1");
  }

  @Test
  void rejectsOutputsThatAreReadAndNeverMade() {
    OnnxBuilder read =
        OnnxBuilder.operatorSet(22)
            .input("x", -1, 1)
            .node("elu", "Elu", List.of("x"), List.of("y", "z"))
            .output("y", -1, 1)
            .output("z", -1, 1);

    assertThatThrownBy(read::read)
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("node 'elu' (Elu) has 2 outputs, but its operator makes 1");
  }
}
