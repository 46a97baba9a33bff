package io.norma.onnx.restoration;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.onnx.ImportResult;
import io.norma.onnx.RestorationReport;
import io.norma.onnx.RestorationReport.RestoredLayer;
import io.norma.onnx.restoration.FoldedModel.Trained;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Batch normalizations that tf2onnx folded, from checkpoints with Keras' names and kernels. */
final class KerasKernelsTest {
  @ParameterizedTest
  @CsvSource({"1, 4, true", "1, 4, false", "2, 4, true", "4, 1, false"})
  void bringsBackWhatWasFoldedIntoConvolutions(int groups, int inputs, boolean hasBias) {
    FoldedModel model = new FoldedModel(1, -1, (long) groups * inputs, 8, 8);
    Trained trained = model.normalization("bn", 12, 1e-3);
    model.convolution("conv", groups, hasBias, trained, 12, inputs, 3, 2);
    Tensor weights = model.tensor("conv.weight");
    Tensor kernel = Tensor.zeros(DataType.FP32, Shape.of(3, 2, inputs, 12));
    for (int m = 0; m < 12; m++) {
      for (int c = 0; c < inputs; c++) {
        for (int h = 0; h < 3; h++) {
          for (int w = 0; w < 2; w++) {
            kernel.floats()[((h * 2 + w) * inputs + c) * 12 + m] =
                weights.floats()[((m * inputs + c) * 3 + h) * 2 + w];
          }
        }
      }
    }

    assertBroughtBack(model, kernel, trained, weights, hasBias, -1, 12, 6, 7);
  }

  /** (k₁, k₂, C, multiplier), whose output channel c·multiplier + j is the j-th of input c. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void bringsBackWhatWasFoldedIntoDepthwiseConvolutions(int multiplier) {
    FoldedModel model = new FoldedModel(2, -1, 4, 8, 8);
    int channels = 4 * multiplier;
    Trained trained = model.normalization("bn", channels, 1e-3);
    model.convolution("conv", 4, true, trained, channels, 1, 3, 3);
    Tensor weights = model.tensor("conv.weight");
    Tensor kernel = Tensor.zeros(DataType.FP32, Shape.of(3, 3, 4, multiplier));
    for (int c = 0; c < 4; c++) {
      for (int j = 0; j < multiplier; j++) {
        for (int tap = 0; tap < 9; tap++) {
          kernel.floats()[(tap * 4 + c) * multiplier + j] =
              weights.floats()[(c * multiplier + j) * 9 + tap];
        }
      }
    }

    assertBroughtBack(model, kernel, trained, weights, true, -1, channels, 6, 6);
  }

  /** (k₁, k₂, M, C). */
  @Test
  void bringsBackWhatWasFoldedIntoTransposedConvolutions() {
    FoldedModel model = new FoldedModel(3, -1, 5, 4, 4);
    Trained trained = model.normalization("bn", 7, 1e-3);
    model.transposed("conv", 1, true, trained, 5, 7, 2, 3);
    Tensor weights = model.tensor("conv.weight");
    Tensor kernel = Tensor.zeros(DataType.FP32, Shape.of(2, 3, 7, 5));
    for (int c = 0; c < 5; c++) {
      for (int m = 0; m < 7; m++) {
        for (int tap = 0; tap < 6; tap++) {
          kernel.floats()[(tap * 7 + m) * 5 + c] = weights.floats()[(c * 7 + m) * 6 + tap];
        }
      }
    }

    assertBroughtBack(model, kernel, trained, weights, true, -1, 7, 5, 6);
  }

  /** Where all extents are alike, shapes do not tell how a kernel is laid out. */
  @Test
  void tellsLayoutsOfOneShapeApartByNumbers() {
    FoldedModel model = new FoldedModel(4, -1, 3, 5, 5);
    Trained trained = model.normalization("bn", 3, 1e-3);
    model.convolution("conv", 1, false, trained, 3, 3, 3, 3);
    Tensor weights = model.tensor("conv.weight");
    Tensor kernel = Tensor.zeros(DataType.FP32, weights.shape());
    for (int m = 0; m < 3; m++) {
      for (int c = 0; c < 3; c++) {
        for (int tap = 0; tap < 9; tap++) {
          kernel.floats()[(tap * 3 + c) * 3 + m] = weights.floats()[(m * 3 + c) * 9 + tap];
        }
      }
    }

    assertBroughtBack(model, kernel, trained, weights, false, -1, 3, 3, 3);
  }

  @Test
  void bringsBackWhatWasFoldedIntoDenseLayers() {
    FoldedModel model = new FoldedModel(5, -1, 6);
    Trained trained = model.normalization("bn", 4, 1e-3);
    model.dense("conv", true, true, trained, 4, 6);
    Tensor weights = model.tensor("conv.weight");

    assertBroughtBack(model, FoldedModel.transpose(weights), trained, weights, true, -1, 4);
  }

  private static void assertBroughtBack(
      FoldedModel model,
      Tensor kernel,
      Trained trained,
      Tensor weights,
      boolean hasBias,
      long... output) {
    Map<String, Tensor> checkpoint = new LinkedHashMap<>();
    checkpoint.put("net/conv/kernel", kernel);
    if (hasBias) {
      checkpoint.put("net/conv/bias", model.tensor("conv.bias"));
    }
    checkpoint.put("net/bn/gamma", FoldedModel.vector(trained.gamma()));
    checkpoint.put("net/bn/beta", FoldedModel.vector(trained.beta()));
    checkpoint.put("net/bn/moving_mean", FoldedModel.vector(trained.mean()));
    checkpoint.put("net/bn/moving_variance", FoldedModel.vector(trained.variance()));

    ImportResult restored =
        Restoration.restore(
            model.imported(output), Checkpoint.of(checkpoint), MemoryBudget.unlimited());

    BatchNormalizationLayer layer = restored.network().batchNormalizations().getFirst();
    assertThat(layer.name()).isEqualTo("net/bn");
    assertThat(layer.epsilon()).isEqualTo(1e-3);
    assertThat(layer.gamma()).isEqualTo(trained.gamma());
    Tensor inFile = Objects.requireNonNull(restored.network().constants().get("conv.weight"));
    assertThat(inFile.shape()).isEqualTo(weights.shape());
    assertThat(inFile.toFloatArray()).isEqualTo(weights.toFloatArray());
    RestorationReport report = Objects.requireNonNull(restored.report().restoration());
    assertThat(report.unusedKeyCount()).isZero();
    assertThat(report.restored())
        .extracting(RestoredLayer::weights)
        .containsExactly("net/conv/kernel");
    assertThat(report.largestDeviation()).isLessThan(1e-6);
  }
}
