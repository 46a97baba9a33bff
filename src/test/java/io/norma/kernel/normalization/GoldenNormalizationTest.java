package io.norma.kernel.normalization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.normalization.SampleRequest;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every case that PyTorch computed, against its float64 results. */
final class GoldenNormalizationTest {
  private static final Layer TRAINING = new BatchNormalizationTraining(1e-5, 1);

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

  /** Cases that PyTorch refuses, and its empty batches: here by name, so that none is missed. */
  static Stream<GoldenCase> refusals() {
    return GoldenCase.all().stream()
        .filter(c -> c.fails() || (c.is("BatchNorm2d") && c.required("x").size() == 0));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refusesWhatPyTorchRefuses(GoldenCase golden) {
    switch (golden.name()) {
      case "err_1xCx1x1_train" ->
          assertThatThrownBy(() -> forward(TRAINING, Inputs.of(golden.required("x"))))
              .hasMessageContaining(
                  "expected more than 1 value per channel in training mode, got 1");
      case "err_channels_mismatch" ->
          assertThatThrownBy(() ->
                  forward(
                      new BatchNormalizationInference(1e-5, 1),
                      Inputs.of(zeros(1, 3), zeros(4), zeros(4))))
              .hasMessageContaining("mean: expected shape [3], got [4]");
      case "err_int_input" ->
          assertThatThrownBy(
                  () -> forward(TRAINING, Inputs.of(Tensor.of(Shape.of(2, 2), 1L, 2, 3, 4))))
              .hasMessageContaining("expected a tensor of FP32 or FP64, got INT64");
      case "err_instancenorm_1x1" ->
          assertThatThrownBy(
                  () -> forward(new SampleNormalization(3, 1e-5, 1), Inputs.of(zeros(2, 3, 1, 1))))
              .hasMessageContaining("more than 1 value per sample and group, got 1");
      case "err_groupnorm_div" ->
          assertThatThrownBy(
                  () -> forward(new SampleNormalization(4, 1e-5, 1), Inputs.of(zeros(2, 6, 2, 2))))
              .hasMessageContaining("6 channels")
              .hasMessageContaining("do not divide into 4 groups");
      case "err_layernorm_shape" ->
          assertThatThrownBy(
                  () -> SampleRequest.layer(zeros(2, 4), new int[] {5}, 1e-5, null, null))
              .hasMessageContaining("[5] is not how the input's shape [2,4] ends");
      // Nothing to average; PyTorch answers NaN statistics.
      case "empty_batch_0xCx2x2_train" ->
          assertThatThrownBy(() -> forward(TRAINING, Inputs.of(golden.required("x"))))
              .hasMessageContaining(
                  "expected more than 1 value per channel in training mode, got 0");
      default -> assertAccepted(golden);
    }
  }

  /** What PyTorch's classes refuse, but the formula has an answer for. */
  private static void assertAccepted(GoldenCase golden) {
    switch (golden.name()) {
      // BatchNorm2d is for images alone; here any rank from 2 up is a batch with channels.
      case "err_bn2d_3d_input" -> {
        Tensor x = golden.required("x");
        Tensor image = x.reshape(Shape.of(3, 4, 5, 1));
        assertThat(forward(TRAINING, Inputs.of(x)))
            .containsExactly(forward(TRAINING, Inputs.of(image)));
      }
      // PyTorch's kernel wants one type for all; here coefficients are taken in double anyway.
      case "err_dtype_double_input_float_module" -> {
        Tensor x = Tensor.of(Shape.of(3, 2), 1.0, 2, 3, 5, 8, 13);
        double[] mixed = forward(TRAINING, Inputs.of(x, Tensor.of(Shape.of(2), 0.5f, 2), zeros(2)));
        double[] alike = forward(TRAINING, Inputs.of(x, Tensor.of(Shape.of(2), 0.5, 2.0), null));
        assertThat(mixed).containsExactly(alike);
      }
      // Group normalization of one group of four channels has four values to average: PyTorch
      // refuses it only because it counts the values of a channel.
      case "err_groupnorm_1x1_group1" -> {
        Tensor x = Tensor.of(Shape.of(1, 4, 1, 1), 1f, 2, 3, 4);
        double r = 1 / Math.sqrt(1.25 + 1e-5);
        assertThat(forward(new SampleNormalization(1, 1e-5, 1), Inputs.of(x)))
            .containsExactly(new double[] {-1.5 * r, -0.5 * r, 0.5 * r, 1.5 * r}, within(1e-6));
      }
      // By given statistics nothing is averaged: no rows in, no rows out.
      case "empty_batch_eval" -> {
        Tensor mean = golden.required("running_mean_0");
        Tensor variance = golden.required("running_var_0");
        assertThat(
                forward(
                    new BatchNormalizationInference(1e-5, 1),
                    Inputs.of(golden.required("x"), mean, variance)))
            .isEmpty();
      }
      default -> fail("no answer is expected of %s; PyTorch's is in the file", golden.name());
    }
  }

  private static double[] forward(Layer layer, Inputs inputs) {
    return layer.forward(inputs, Memory.heap()).getFirst().toDoubleArray();
  }

  private static Tensor zeros(int... dimensions) {
    return Tensor.zeros(DataType.FP32, Shape.of(dimensions));
  }
}
