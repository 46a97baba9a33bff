package io.norma.kernel.normalization;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every case that PyTorch computed, against its float64 results. */
final class GoldenNormalizationTest {
  static Stream<GoldenCase> batchNormalizations() {
    return GoldenCase.all().stream()
        .filter(c -> c.is("BatchNorm2d") && !c.fails() && c.number("eps") > 0)
        .filter(c -> c.required("x").size() > 0);
  }

  static Stream<GoldenCase> groupNormalizations() {
    return GoldenCase.all().stream().filter(c -> c.is("GroupNorm"));
  }

  static Stream<GoldenCase> withoutEpsilon() {
    return GoldenCase.all().stream()
        .filter(c -> c.is("BatchNorm2d") && !c.fails() && c.number("eps") == 0);
  }

  @ParameterizedTest
  @MethodSource("batchNormalizations")
  void normalizesABatchAsPyTorchDoes(GoldenCase golden) {
    Tensor x = golden.required("x");
    Tensor gamma = golden.floats("gamma");
    Tensor beta = golden.floats("beta");
    double epsilon = golden.number("eps");
    Inputs gradients;
    if (golden.trains()) {
      List<Tensor> outputs =
          new BatchNormalizationTraining(epsilon, 1)
              .forward(Inputs.of(x, gamma, beta), Memory.heap());
      golden.assertClose("y", outputs.get(0).toDoubleArray());
      golden.assertClose("batch_mean", outputs.get(1).toDoubleArray());
      golden.assertClose("batch_var_biased", outputs.get(2).toDoubleArray());
      gradients = Inputs.of(golden.required("dy"), x, gamma, outputs.get(1), outputs.get(2));
    } else {
      Tensor mean = golden.required("running_mean_0");
      Tensor variance = golden.required("running_var_0");
      Tensor y =
          new BatchNormalizationInference(epsilon, 1)
              .forward(Inputs.of(x, mean, variance, gamma, beta), Memory.heap())
              .getFirst();
      golden.assertClose("y", y.toDoubleArray());
      gradients = Inputs.of(golden.required("dy"), x, gamma, mean, variance);
    }
    List<Tensor> gradient =
        new BatchNormalizationGradient(epsilon, 1, golden.trains())
            .forward(gradients, Memory.heap());
    golden.assertClose("dx", gradient.get(0).toDoubleArray());
    if (gamma != null) {
      golden.assertClose("dgamma", gradient.get(1).toDoubleArray());
      golden.assertClose("dbeta", gradient.get(2).toDoubleArray());
    }
  }

  @ParameterizedTest
  @MethodSource("groupNormalizations")
  void normalizesGroupsAsPyTorchDoes(GoldenCase golden) {
    Tensor x = golden.required("x");
    Tensor gamma = golden.floats("gamma");
    int groups = (int) golden.number("groups");
    double epsilon = golden.number("eps");
    List<Tensor> outputs =
        new SampleNormalization(groups, epsilon, 1)
            .forward(Inputs.of(x, gamma, golden.floats("beta")), Memory.heap());
    golden.assertClose("y", outputs.getFirst().toDoubleArray());
    List<Tensor> gradient =
        new SampleNormalizationGradient(groups, epsilon, 1)
            .forward(Inputs.of(golden.required("dy"), x, gamma), Memory.heap());
    double smallest =
        Arrays.stream(outputs.get(2).toDoubleArray()).filter(Double::isFinite).min().orElse(0);
    golden.assertClose("dx", gradient.get(0).toDoubleArray(), 1 / Math.sqrt(smallest + epsilon));
    if (gamma != null) {
      golden.assertClose("dgamma", gradient.get(1).toDoubleArray());
      golden.assertClose("dbeta", gradient.get(2).toDoubleArray());
    }
  }

  @ParameterizedTest
  @MethodSource("withoutEpsilon")
  void refusesAnEpsilonOfZeroWhichPyTorchAccepts(GoldenCase golden) {
    assertThatThrownBy(() -> new BatchNormalizationTraining(golden.number("eps"), 1))
        .hasMessageContaining("epsilon must be finite and above 0, but is 0.0");
  }

  @Test
  void refusesWhatPyTorchRefuses() {
    BatchNormalizationTraining training = new BatchNormalizationTraining(1e-5, 1);
    assertThatThrownBy(() -> forward(training, Shape.of(1, 3, 1, 1)))
        .hasMessageContaining("expected more than 1 value per channel in training mode, got 1");
    assertThatThrownBy(() -> forward(training, Shape.of(0, 3, 2, 2)))
        .hasMessageContaining("expected more than 1 value per channel in training mode, got 0");
    assertThatThrownBy(() ->
            new BatchNormalizationInference(1e-5, 1)
                .forward(
                    Inputs.of(
                        Tensor.of(Shape.of(1, 3), 1f, 2, 3),
                        Tensor.of(Shape.of(4), 1f, 2, 3, 4),
                        Tensor.of(Shape.of(3), 1f, 1, 1)),
                    Memory.heap()))
        .hasMessageContaining("mean: expected shape [3], got [4]");
    assertThatThrownBy(() ->
            training.forward(Inputs.of(Tensor.of(Shape.of(2, 2), 1L, 2, 3, 4)), Memory.heap()))
        .hasMessageContaining("expected a tensor of FP32 or FP64, got INT64");
    assertThatThrownBy(() -> forward(new SampleNormalization(3, 1e-5, 1), Shape.of(2, 3, 1, 1)))
        .hasMessageContaining("more than 1 value per sample and group, got 1");
    assertThatThrownBy(() -> forward(new SampleNormalization(4, 1e-5, 1), Shape.of(2, 6, 2, 2)))
        .hasMessageContaining("6 channels")
        .hasMessageContaining("do not divide into 4 groups");
  }

  private static void forward(Layer layer, Shape shape) {
    layer.forward(Inputs.of(Tensor.zeros(DataType.FP32, shape)), Memory.heap());
  }
}
