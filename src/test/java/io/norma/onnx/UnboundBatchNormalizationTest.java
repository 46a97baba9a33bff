package io.norma.onnx;

import static io.norma.onnx.OnnxBuilder.integer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.normalization.BatchNormalization;
import io.norma.onnx.ImportWarning.Code;
import io.norma.onnx.file.UnsupportedOnnxException;
import io.norma.onnx.proto.TensorProto;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Batch normalizations that cannot be bound late stay layers that compute what ONNX defines. */
final class UnboundBatchNormalizationTest {
  private static OnnxBuilder withConstants(int operatorSet) {
    return OnnxBuilder.operatorSet(operatorSet)
        .input("x", -1, 2)
        .floats("p", 1, 2)
        .output("y", -1, 2);
  }

  @Test
  void keepsTrainingModeWhereTheUpdatedStatisticsAreRead() {
    ImportResult result =
        withConstants(15)
            .node(
                "bn",
                "BatchNormalization",
                List.of("x", "p", "p", "p", "p"),
                List.of("y", "m", "v"),
                integer("training_mode", 1))
            .output("m", 2)
            .read();

    assertUnbound(result, new BatchNormalization(1e-5, 0.9, true));
    assertThat(result.network().nodes().getFirst().outputs()).containsExactly("y", "m");
  }

  @Test
  void keepsTheFiveOutputFormOfVersion9WhereItIsRead() {
    ImportResult result =
        withConstants(9)
            .node(
                "bn",
                "BatchNormalization",
                List.of("x", "p", "p", "p", "p"),
                List.of("y", "m", "v", "sm", "sv"))
            .output("v", 2)
            .read();

    assertUnbound(result, new BatchNormalization(1e-5, 0.9, true));
    assertThat(result.network().nodes().getFirst().outputs()).containsExactly("y", "", "v");
  }

  @Test
  void refusesSavedStatisticsThatAreRead() {
    OnnxBuilder model =
        withConstants(9)
            .node(
                "bn",
                "BatchNormalization",
                List.of("x", "p", "p", "p", "p"),
                List.of("y", "m", "v", "sm", "sv"))
            .output("sm", 2);

    assertThatThrownBy(model::read)
        .isInstanceOf(UnsupportedOnnxException.class)
        .hasMessageContaining("'bn' (BatchNormalization, operator set 9)")
        .hasMessageContaining("saved_mean");
  }

  @Test
  void keepsNodesWhoseParametersAreInputs() {
    ImportResult result =
        withConstants(15)
            .input("mean", 2)
            .node("bn", "BatchNormalization", List.of("x", "p", "p", "mean", "p"), List.of("y"))
            .read();

    assertUnbound(result, new BatchNormalization(1e-5, 0.9, false));
  }

  @Test
  void keepsNodesInDoublePrecision() {
    TensorProto doubles =
        TensorProto.newBuilder()
            .setName("d")
            .setDataType(TensorProto.DataType.DOUBLE_VALUE)
            .addDims(1)
            .addDoubleData(1)
            .build();
    ImportResult result =
        OnnxBuilder.operatorSet(15)
            .input(OnnxBuilder.declaration("x", TensorProto.DataType.DOUBLE_VALUE, -1, 1))
            .initializer(doubles)
            .node("bn", "BatchNormalization", List.of("x", "d", "d", "d", "d"), List.of("y"))
            .output(OnnxBuilder.declaration("y", TensorProto.DataType.DOUBLE_VALUE, -1, 1))
            .read();

    assertUnbound(result, new BatchNormalization(1e-5, 0.9, false));
  }

  private static void assertUnbound(ImportResult result, BatchNormalization layer) {
    assertThat(result.network().batchNormalizations()).isEmpty();
    assertThat(result.network().nodes().getFirst().layer()).isEqualTo(layer);
    assertThat(result.report().warnings())
        .contains(
            new ImportWarning(
                Code.BATCH_NORMALIZATION_NOT_BOUND,
                Code.BATCH_NORMALIZATION_NOT_BOUND.message(),
                List.of("bn")));
  }
}
