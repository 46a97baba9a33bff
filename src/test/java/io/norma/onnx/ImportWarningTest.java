package io.norma.onnx;

import static io.norma.onnx.OnnxBuilder.integer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.norma.onnx.ImportWarning.Code;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ImportWarningTest {
  private static OnnxBuilder model(
      int operatorSet,
      float[] mean,
      float[] variance,
      List<String> outputs,
      AttributeProto... attributes) {
    return OnnxBuilder.operatorSet(operatorSet)
        .input("x", -1, 2)
        .floats("bn.weight", 1, 2)
        .floats("bn.bias", 0, 1)
        .floats("bn.running_mean", mean)
        .floats("bn.running_var", variance)
        .node(
            "/bn/BatchNormalization",
            "BatchNormalization",
            List.of("x", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"),
            outputs,
            attributes)
        .output("y", -1, 2);
  }

  private static float[] values(float... values) {
    return values;
  }

  @Test
  void isSilentAboutASoundModel() {
    assertThat(model(15, values(4, 5), values(5, 5), List.of("y")).read().report().warnings())
        .isEmpty();
  }

  @Test
  void warnsThatNoBatchNormalizationIsLeft() {
    ImportReport report =
        OnnxBuilder.operatorSet(22)
            .input("x", -1, 2)
            .node("elu", "Elu", List.of("x"), List.of("y"))
            .output("y", -1, 2)
            .read()
            .report();

    assertThat(report.warnings())
        .extracting(ImportWarning::code)
        .containsExactly(Code.NO_BATCH_NORMALIZATION);
  }

  @Test
  void warnsThatALinearResizeHasUnclearCornersBeforeOperatorSet11() {
    assertThat(codes(upsample(9, "linear"))).contains(Code.LINEAR_RESIZE_WITH_UNCLEAR_CORNERS);
    assertThat(codes(upsample(9, "nearest")))
        .doesNotContain(Code.LINEAR_RESIZE_WITH_UNCLEAR_CORNERS);
  }

  private static List<Code> codes(OnnxBuilder model) {
    return model.read().report().warnings().stream().map(ImportWarning::code).toList();
  }

  private static OnnxBuilder upsample(int operatorSet, String mode) {
    return OnnxBuilder.operatorSet(operatorSet)
        .input("x", -1, 1, 2, 2)
        .floats("scales", 1, 1, 2, 2)
        .node(
            "up",
            "Upsample",
            List.of("x", "scales"),
            List.of("y"),
            AttributeProto.newBuilder()
                .setName("mode")
                .setType(AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(mode))
                .build())
        .output("y", -1, 1, 4, 4);
  }

  @Test
  void warnsThatRunningStatisticsAreUnset() {
    assertWarns(
        model(15, values(0, 0), values(1, 1), List.of("y")), Code.RUNNING_STATISTICS_UNSET, "bn");
  }

  @Test
  void warnsThatAVarianceIsNearZero() {
    assertWarns(
        model(15, values(4, 5), values(5, 1e-7f), List.of("y")), Code.VARIANCE_NEAR_ZERO, "bn");
    assertWarns(model(15, values(4, 5), values(0, 1), List.of("y")), Code.VARIANCE_NEAR_ZERO, "bn");
  }

  @Test
  void warnsThatANodeWasLeftInTrainingModeInEveryVersion() {
    List<String> five = List.of("y", "m", "v", "sm", "sv");
    float[] mean = values(4, 5);
    float[] variance = values(5, 5);
    for (OnnxBuilder model :
        List.of(
            model(15, mean, variance, List.of("y", "m", "v"), integer("training_mode", 1)),
            model(14, mean, variance, List.of("y"), integer("training_mode", 1)),
            model(9, mean, variance, five),
            model(7, mean, variance, five),
            model(6, mean, variance, List.of("y")))) {
      assertWarns(model, Code.LEFT_IN_TRAINING_MODE, "/bn/BatchNormalization");
    }
  }

  @Test
  void takesInferenceFormsOfEveryVersion() {
    float[] mean = values(4, 5);
    float[] variance = values(5, 5);
    for (OnnxBuilder model :
        List.of(
            model(1, mean, variance, List.of("y"), integer("is_test", 1)),
            model(6, mean, variance, List.of("y"), integer("is_test", 1)),
            model(7, mean, variance, List.of("y")),
            model(9, mean, variance, List.of("y")),
            model(14, mean, variance, List.of("y")),
            model(28, mean, variance, List.of("y")))) {
      ImportResult result = model.read();
      assertThat(result.report().warnings()).isEmpty();
      assertThat(result.network().nodes().getFirst().batchNormalization()).isEqualTo("bn");
    }
  }

  @Test
  void tellsHowToNormalizeByTheBatchWhereNothingElseIsThere() {
    OnnxBuilder model =
        model(15, values(0, 0), values(1, 1), List.of("y"), integer("training_mode", 1));

    List<ImportWarning> warnings = model.read().report().warnings();

    assertThat(warnings)
        .extracting(ImportWarning::code)
        .containsExactly(Code.RUNNING_STATISTICS_UNSET, Code.LEFT_IN_TRAINING_MODE);
    assertThat(warnings)
        .allSatisfy(
            warning -> assertThat(warning.message()).contains("\"normalization\": \"batch\""));
  }

  @Test
  void takesStatisticsThatTrainingModeLeavesOutForUnsetOnes() {
    for (List<String> absent : List.of(List.<String>of(), List.of("", ""))) {
      List<String> inputs = new ArrayList<>(List.of("x", "g", "b"));
      inputs.addAll(absent);
      OnnxBuilder model =
          OnnxBuilder.operatorSet(15)
              .input("x", -1, 2)
              .floats("g", 1, 2)
              .floats("b", 0, 1)
              .node(
                  "first", "BatchNormalization", inputs, List.of("h"), integer("training_mode", 1))
              .node(
                  "second",
                  "BatchNormalization",
                  List.of("h", "g", "b", "", ""),
                  List.of("y"),
                  integer("training_mode", 1))
              .output("y", -1, 2);

      ImportResult result = model.read();

      assertThat(result.network().batchNormalizations())
          .extracting("name")
          .containsExactly("first", "second");
      assertThat(result.network().runningStatistics().layer("second").variance())
          .containsExactly(1, 1);
      assertThat(result.report().warnings())
          .extracting(ImportWarning::code)
          .containsExactly(Code.RUNNING_STATISTICS_UNSET, Code.LEFT_IN_TRAINING_MODE);
    }
  }

  @Test
  void needsStatisticsWhereNothingIsTrained() {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(15)
            .input("x", -1, 2)
            .floats("g", 1, 2)
            .node("bn", "BatchNormalization", List.of("x", "g", "g"), List.of("y"))
            .output("y", -1, 2);

    assertThatThrownBy(model::read)
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("must have 5 inputs");
  }

  @Test
  void takesStatisticsPerElementWhereTheyAreThoseOfChannels() {
    for (int operatorSet : new int[] {1, 6, 7, 8}) {
      AttributeProto[] attributes = {integer("spatial", 0), integer("is_test", 1)};
      ImportResult result =
          model(operatorSet, values(4, 5), values(5, 5), List.of("y"), attributes).read();

      assertThat(result.report().warnings()).isEmpty();
      assertThat(result.network().nodes().getFirst().batchNormalization()).isEqualTo("bn");
    }
  }

  @Test
  void takesUpdatedStatisticsThatGoByTheirOldNames() {
    ImportResult result =
        model(
                9,
                values(4, 5),
                values(5, 5),
                List.of("y", "bn.running_mean", "bn.running_var", "sm", "sv"))
            .read();

    assertThat(result.network().nodes().getFirst().batchNormalization()).isEqualTo("bn");
  }

  @Test
  void rejectsNegativeAndUndefinedVariances() {
    for (float variance : values(-1e-3f, Float.NaN, Float.POSITIVE_INFINITY)) {
      OnnxBuilder model = model(15, values(4, 5), values(5, variance), List.of("y"));
      assertThatThrownBy(model::read)
          .isInstanceOf(MalformedOnnxException.class)
          .hasMessageContaining("batch normalization 'bn'")
          .hasMessageContaining("variance of channel 1");
    }
  }

  @Test
  void rejectsParametersOfDifferentLengths() {
    assertThatThrownBy(model(15, values(1), values(1), List.of("y"))::read)
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("gamma has 2 channels, the running mean has 1");
  }

  @Test
  void warnsAboutDropoutInTrainingModeAndServesTheIdentity() {
    ImportResult result =
        OnnxBuilder.operatorSet(6)
            .input("x", -1, 2)
            .node("drop", "Dropout", List.of("x"), List.of("y"))
            .output("y", -1, 2)
            .read();

    assertThat(result.report().warnings())
        .contains(
            new ImportWarning(
                Code.DROPOUT_IN_TRAINING_MODE,
                Code.DROPOUT_IN_TRAINING_MODE.message(),
                List.of("drop")));
    assertThat(result.network().nodes().getFirst().operator()).isEqualTo("Identity");
  }

  @Test
  void warnsThatAnOutputHasNoShape() {
    ValueInfoProto.Builder output = OnnxBuilder.declaration("y", OnnxBuilder.FLOAT).toBuilder();
    output.getTypeBuilder().getTensorTypeBuilder().clearShape();

    ImportReport report =
        OnnxBuilder.operatorSet(22)
            .input("x", -1, 2)
            .node("elu", "Elu", List.of("x"), List.of("y"))
            .output(output.build())
            .read()
            .report();

    assertThat(report.warnings())
        .extracting(ImportWarning::code)
        .contains(Code.OUTPUT_SHAPE_UNKNOWN);
    assertThat(report.outputs().getFirst().shape()).containsExactly(-1L);
  }

  @Test
  void takesExtentsOfZeroForOpenOnesAndWarns() {
    ImportResult result =
        OnnxBuilder.operatorSet(22)
            .input("x", 0, 3, 0)
            .input("fixed", 2)
            .node("elu", "Elu", List.of("x"), List.of("y"))
            .output("y", 0, 3, 0)
            .read();

    assertThat(result.report().warnings())
        .contains(
            new ImportWarning(Code.EXTENT_OF_ZERO, Code.EXTENT_OF_ZERO.message(), List.of("x")));
    assertThat(result.report().inputs().getFirst().shape()).containsExactly(-1L, 3L, -1L);
    assertThat(result.report().outputs().getFirst().shape()).containsExactly(-1L, 3L, -1L);
    assertThat(result.network().inputs().getFirst().hasDynamicBatch()).isTrue();
  }

  private static OnnxBuilder sum(long[] first, long[] second) {
    return OnnxBuilder.operatorSet(22)
        .input("first", first)
        .input("second", second)
        .node("add", "Add", List.of("first", "second"), List.of("y"))
        .output("y", -1);
  }

  @Test
  void warnsOfInputsThatTakeOneRowAlone() {
    assertThat(warning(sum(new long[] {1, 4}, new long[] {1, 3, -1}), Code.FIXED_BATCH).names())
        .containsExactly("first", "second");
    assertThat(warning(sum(new long[] {1, 4}, new long[] {1}), Code.FIXED_BATCH).names())
        .containsExactly("first");
  }

  @Test
  void saysNothingOfFirstAxesThatCountNoRows() {
    for (OnnxBuilder model :
        List.of(
            sum(new long[] {-1, 4}, new long[] {-1, 4}),
            // A recurrence's state has its directions first.
            sum(new long[] {-1, 2, 4}, new long[] {1, 2, 4}),
            sum(new long[] {1}, new long[] {}),
            sum(new long[] {0, 4}, new long[] {1, 4}),
            sum(new long[] {8, 4}, new long[] {8, 4}))) {
      assertThat(codes(model)).doesNotContain(Code.FIXED_BATCH);
    }
  }

  private static ImportWarning warning(OnnxBuilder model, Code code) {
    return model.read().report().warnings().stream()
        .filter(warning -> warning.code() == code)
        .findFirst()
        .orElseThrow();
  }

  private static void assertWarns(OnnxBuilder model, Code code, String name) {
    assertThat(model.read().report().warnings())
        .containsExactly(new ImportWarning(code, code.message(), List.of(name)));
  }
}
