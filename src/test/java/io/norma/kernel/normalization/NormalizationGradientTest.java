package io.norma.kernel.normalization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Gradients against central differences of the forward pass in float64, and those of float32
 * against those of float64.
 */
final class NormalizationGradientTest {
  private static final double EPSILON = 1e-3;
  private static final double STEP = 1e-6;

  private final SplittableRandom random = new SplittableRandom(7);

  @ParameterizedTest
  @CsvSource({"4x3, 1", "3x2x5, 1", "3x5x2, 2", "2x3x2x20, 1", "2x3x4x2, -1", "5x2x1x1, 1"})
  void isTheSlopeOfTrainingMode(String dimensions, int axis) {
    Shape shape = shape(dimensions);
    int channels = shape.dimension(axis);
    Tensor x = normal(shape);
    Tensor gamma = normal(Shape.of(channels));
    Tensor beta = normal(Shape.of(channels));
    BatchNormalizationTraining forward = new BatchNormalizationTraining(EPSILON, axis);
    BatchNormalizationGradient gradient = new BatchNormalizationGradient(EPSILON, axis, true);
    assertSlopes(forward, gradient, x, gamma, beta, null);
  }

  @Test
  void isTheSlopeOfConditionalTrainingMode() {
    for (int axis : new int[] {1, 2}) {
      Tensor x = normal(Shape.of(3, 2, 4));
      Shape perRow = Shape.of(3, x.shape().dimension(axis));
      assertSlopes(
          new BatchNormalizationTraining(EPSILON, axis),
          new BatchNormalizationGradient(EPSILON, axis, true),
          x,
          normal(perRow),
          normal(perRow),
          null);
    }
  }

  @Test
  void isTheSlopeOfMaskedTrainingMode() {
    Tensor mask = Tensor.of(Shape.of(4), true, false, true, true);
    for (Shape shape : new Shape[] {Shape.of(4, 3, 2), Shape.of(4, 3), Shape.of(4, 3, 20)}) {
      assertSlopes(
          new BatchNormalizationTraining(EPSILON, 1),
          new BatchNormalizationGradient(EPSILON, 1, true),
          normal(shape),
          normal(Shape.of(3)),
          normal(Shape.of(3)),
          mask);
    }
  }

  @Test
  void isTheSlopeOfInference() {
    Tensor x = normal(Shape.of(3, 2, 4));
    Tensor gamma = normal(Shape.of(2));
    Tensor beta = normal(Shape.of(2));
    Tensor mean = normal(Shape.of(2));
    Tensor variance = Tensor.of(Shape.of(2), 0.5, 2);
    Layer forward =
        (inputs, memory) ->
            new BatchNormalizationInference(EPSILON, 1)
                .forward(
                    Inputs.of(inputs.get(0), mean, variance, inputs.get(1), inputs.get(2)), memory);
    Layer gradient =
        (inputs, memory) ->
            new BatchNormalizationGradient(EPSILON, 1, false)
                .forward(
                    Inputs.of(inputs.get(0), inputs.get(1), inputs.get(2), mean, variance), memory);
    assertSlopes(forward, gradient, x, gamma, beta, null);
  }

  @ParameterizedTest
  @CsvSource({
    "2x6x4, 2, 1",
    "2x6x4, 6, 1",
    "3x6, 2, 1",
    "2x4x3x2, 1, 1",
    "2x3x4, 2, 2",
    "4x24, 1, 1",
    "2x2x20, 1, 1"
  })
  void isTheSlopeOfNormalizationPerSample(String dimensions, int groups, int axis) {
    Shape shape = shape(dimensions);
    int channels = shape.dimension(axis);
    assertSlopes(
        new SampleNormalization(groups, EPSILON, axis),
        new SampleNormalizationGradient(groups, EPSILON, axis),
        normal(shape),
        normal(Shape.of(channels)),
        normal(Shape.of(channels)),
        null);
  }

  private void assertSlopes(
      Layer forward, Layer gradient, Tensor x, Tensor gamma, Tensor beta, @Nullable Tensor mask) {
    Tensor dy = normal(x.shape());
    var exact = gradient.forward(Inputs.of(dy, x, gamma, null, null, mask), Memory.heap());
    Tensor[] parameters = {x, gamma, beta};
    for (int p = 0; p < parameters.length; p++) {
      for (int i = 0; i < parameters[p].size(); i++) {
        double slope =
            (loss(forward, dy, nudged(parameters, p, i, STEP), mask)
                    - loss(forward, dy, nudged(parameters, p, i, -STEP), mask))
                / (2 * STEP);
        assertThat(exact.get(p).getDouble(i))
            .as("gradient %d of element %d of %s", p, i, x)
            .isCloseTo(slope, within(1e-7 * (1 + Math.abs(slope))));
      }
    }
    var rounded =
        gradient.forward(
            Inputs.of(floats(dy), floats(x), floats(gamma), null, null, mask), Memory.heap());
    for (int p = 0; p < parameters.length; p++) {
      assertThat(rounded.get(p).dataType()).isEqualTo(DataType.FP32);
      double largest = Arrays.stream(exact.get(p).toDoubleArray()).map(Math::abs).max().orElse(0);
      assertThat(rounded.get(p).toDoubleArray())
          .containsExactly(exact.get(p).toDoubleArray(), within(1e-5 * (1 + largest)));
    }
  }

  private static double loss(Layer forward, Tensor dy, Tensor[] parameters, @Nullable Tensor mask) {
    Tensor y =
        forward
            .forward(Inputs.of(parameters[0], parameters[1], parameters[2], mask), Memory.heap())
            .getFirst();
    double loss = 0;
    for (int i = 0; i < y.size(); i++) {
      loss += dy.getDouble(i) * y.getDouble(i);
    }
    return loss;
  }

  private static Tensor[] nudged(Tensor[] parameters, int parameter, int element, double step) {
    Tensor[] nudged = parameters.clone();
    Tensor copy = parameters[parameter].copy();
    copy.setDouble(element, copy.getDouble(element) + step);
    nudged[parameter] = copy;
    return nudged;
  }

  private Tensor normal(Shape shape) {
    Tensor tensor = Tensor.zeros(DataType.FP64, shape);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, random.nextGaussian());
    }
    return tensor;
  }

  private static Tensor floats(Tensor tensor) {
    Tensor floats = Tensor.zeros(DataType.FP32, tensor.shape());
    for (int i = 0; i < floats.size(); i++) {
      floats.setDouble(i, tensor.getDouble(i));
    }
    return floats;
  }

  private static Shape shape(String dimensions) {
    return Shape.of(Arrays.stream(dimensions.split("x")).mapToInt(Integer::parseInt).toArray());
  }
}
