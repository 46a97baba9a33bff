package io.norma.kernel.normalization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Forward passes against the formulas written out in float64. */
final class NormalizationForwardTest {
  private static final double EPSILON = 1e-5;

  @Test
  void normalizesTheWorkedExample() {
    List<Tensor> outputs =
        new BatchNormalizationTraining(EPSILON, 1)
            .forward(Inputs.of(Tensor.of(Shape.of(4, 2), 1f, 2, 3, 4, 5, 6, 7, 8)), Memory.heap());
    double outer = 3 / Math.sqrt(5 + EPSILON);
    double inner = 1 / Math.sqrt(5 + EPSILON);
    assertThat(outputs.get(0).toDoubleArray())
        .containsExactly(
            new double[] {-outer, -outer, -inner, -inner, inner, inner, outer, outer},
            within(1e-7));
    assertThat(outputs.get(1).toDoubleArray()).containsExactly(4, 5);
    assertThat(outputs.get(2).toDoubleArray()).containsExactly(5, 5);
  }

  @ParameterizedTest
  @CsvSource({
    "4x3, 1, 0, 1",
    "32x70x3, 1, 5, 2",
    "3x70x5, 2, 5, 2",
    "8x5x7x7, 1, 0, 1",
    "8x5x7x7, 3, 0, 1",
    "40x130, 1, 1e4, 1e-2",
    "6x4x5x5x5, 1, 1e4, 1e-2",
    "300x200, 1, -3, 4",
    "2x3x4097, 1, 0, 1"
  })
  void trainsAsTheFormulaSays(String dimensions, int axis, double mean, double deviation) {
    Tensor x = floats(shape(dimensions), mean, deviation);
    int channels = x.shape().dimension(axis);
    Tensor gamma = floats(Shape.of(channels), 1, 0.5);
    Tensor beta = floats(Shape.of(channels), 0, 1);
    List<Tensor> outputs =
        new BatchNormalizationTraining(EPSILON, axis)
            .forward(Inputs.of(x, gamma, beta), Memory.heap());
    int inner = x.shape().size(axis + 1, x.shape().rank());
    double[] means = new double[channels];
    double[] variances = new double[channels];
    int count = x.size() / channels;
    for (int i = 0; i < x.size(); i++) {
      means[i / inner % channels] += x.getDouble(i) / count;
    }
    for (int i = 0; i < x.size(); i++) {
      int c = i / inner % channels;
      variances[c] += Math.pow(x.getDouble(i) - means[c], 2) / count;
    }
    double[] expected = new double[x.size()];
    double[] given = new double[x.size()];
    for (int i = 0; i < expected.length; i++) {
      int c = i / inner % channels;
      expected[i] = normalize(x.getDouble(i), means[c], variances[c], gamma, beta, c);
    }
    assertClose(outputs.get(0).toDoubleArray(), expected, 1e-5);
    assertClose(outputs.get(1).toDoubleArray(), means, 1e-10);
    assertClose(outputs.get(2).toDoubleArray(), variances, 1e-8);

    Tensor runningMean = floats(Shape.of(channels), mean, deviation);
    Tensor runningVariance = floats(Shape.of(channels), 20, 1);
    for (int i = 0; i < given.length; i++) {
      int c = i / inner % channels;
      given[i] =
          normalize(
              x.getDouble(i),
              runningMean.getDouble(c),
              runningVariance.getDouble(c),
              gamma,
              beta,
              c);
    }
    Inputs inputs = Inputs.of(x, runningMean, runningVariance, gamma, beta);
    Tensor y =
        new BatchNormalizationInference(EPSILON, axis).forward(inputs, Memory.heap()).getFirst();
    assertClose(y.toDoubleArray(), given, 1e-6);
  }

  @Test
  void givesAConstantChannelExactlyItsBeta() {
    Tensor x = Tensor.zeros(DataType.FP32, Shape.of(7, 2, 33));
    Arrays.fill(x.floats(), 0.1f);
    Tensor beta = Tensor.of(Shape.of(2), 0.3f, -7);
    float[] y =
        new BatchNormalizationTraining(EPSILON, 1)
            .forward(Inputs.of(x, null, beta), Memory.heap())
            .getFirst()
            .floats();
    for (int i = 0; i < y.length; i++) {
      assertThat(y[i]).isEqualTo(i / 33 % 2 == 0 ? 0.3f : -7);
    }
  }

  @Test
  void givesARowTheSameBitsWhateverStandsBesideIt() {
    for (Shape shape : List.of(Shape.of(9, 5, 7), Shape.of(9, 37), Shape.of(9, 3, 50))) {
      Tensor x = floats(shape, 3, 2);
      int channels = shape.dimension(1);
      Tensor mean = floats(Shape.of(channels), 3, 1);
      Tensor variance = floats(Shape.of(channels), 20, 1);
      BatchNormalizationInference layer = new BatchNormalizationInference(EPSILON, 1);
      float[] together =
          layer.forward(Inputs.of(x, mean, variance), Memory.heap()).getFirst().toFloatArray();
      int row = x.size() / 9;
      for (int n = 0; n < 9; n++) {
        Tensor alone = Tensor.of(DataType.FP32, shape.with(0, 1), x.array(), n * row);
        assertThat(
                layer.forward(Inputs.of(alone, mean, variance), Memory.heap()).getFirst().floats())
            .containsExactly(Arrays.copyOfRange(together, n * row, (n + 1) * row));
      }
    }
  }

  @Test
  void choosesGammaAndBetaPerRow() {
    Tensor x = floats(Shape.of(3, 2, 4), 1, 2);
    Tensor gamma = floats(Shape.of(3, 2), 1, 1);
    Tensor beta = floats(Shape.of(3, 2), 0, 1);
    BatchNormalizationTraining layer = new BatchNormalizationTraining(EPSILON, 1);
    double[] plain = layer.forward(Inputs.of(x), Memory.heap()).getFirst().toDoubleArray();
    double[] conditional =
        layer.forward(Inputs.of(x, gamma, beta), Memory.heap()).getFirst().toDoubleArray();
    for (int i = 0; i < plain.length; i++) {
      plain[i] = plain[i] * gamma.getDouble(i / 4) + beta.getDouble(i / 4);
    }
    assertClose(conditional, plain, 1e-6);
  }

  @Test
  void leavesMaskedRowsOutOfTheStatistics() {
    Tensor x = floats(Shape.of(4, 2, 3), 0, 1);
    Tensor mask = Tensor.of(Shape.of(4), true, true, false, true);
    List<Tensor> masked =
        new BatchNormalizationTraining(EPSILON, 1)
            .forward(Inputs.of(x, null, null, mask), Memory.heap());
    Tensor kept = Tensor.zeros(DataType.FP32, Shape.of(3, 2, 3));
    System.arraycopy(x.floats(), 0, kept.floats(), 0, 12);
    System.arraycopy(x.floats(), 18, kept.floats(), 12, 6);
    List<Tensor> expected =
        new BatchNormalizationTraining(EPSILON, 1).forward(Inputs.of(kept), Memory.heap());
    assertClose(masked.get(1).toDoubleArray(), expected.get(1).toDoubleArray(), 1e-12);
    assertClose(masked.get(2).toDoubleArray(), expected.get(2).toDoubleArray(), 1e-12);
    assertThat(Arrays.copyOf(masked.get(0).floats(), 12))
        .containsExactly(Arrays.copyOf(expected.get(0).floats(), 12), within(1e-6f));
  }

  @ParameterizedTest
  @CsvSource({"3x6x4, 2, 1", "3x6x40, 6, 1", "3x6x4, 1, 1", "5x48, 1, 1", "2x9x6, 3, 2"})
  void normalizesEachSampleByItsGroups(String dimensions, int groups, int axis) {
    Tensor x = floats(shape(dimensions), 1e4, 1e-1);
    int channels = x.shape().dimension(axis);
    Tensor gamma = floats(Shape.of(channels), 1, 0.5);
    Tensor beta = floats(Shape.of(channels), 0, 1);
    double[] y =
        new SampleNormalization(groups, EPSILON, axis)
            .forward(Inputs.of(x, gamma, beta), Memory.heap())
            .getFirst()
            .toDoubleArray();
    int inner = x.shape().size(axis + 1, x.shape().rank());
    int rows = x.shape().dimension(0);
    int row = x.size() / rows;
    double[] expected = new double[y.length];
    for (int n = 0; n < rows; n++) {
      for (int g = 0; g < groups; g++) {
        double mean = 0;
        double variance = 0;
        double count = row / (double) groups;
        for (int pass = 0; pass < 3; pass++) {
          for (int i = n * row; i < (n + 1) * row; i++) {
            int c = i / inner % channels;
            if (c / (channels / groups) != g) {
              continue;
            }
            switch (pass) {
              case 0 -> mean += x.getDouble(i) / count;
              case 1 -> variance += Math.pow(x.getDouble(i) - mean, 2) / count;
              default -> expected[i] = normalize(x.getDouble(i), mean, variance, gamma, beta, c);
            }
          }
        }
      }
    }
    assertClose(y, expected, 1e-5);
  }

  @Test
  void updatesRunningStatisticsAsOnnxDoes() {
    Tensor x = Tensor.of(Shape.of(4, 2), 1f, 2, 3, 4, 5, 6, 7, 8);
    Tensor ones = Tensor.of(Shape.of(2), 1f, 1);
    Tensor zeros = Tensor.of(Shape.of(2), 0f, 0);
    List<Tensor> outputs =
        new BatchNormalization(EPSILON, 0.9, true)
            .forward(Inputs.of(x, ones, zeros, zeros, ones), Memory.heap());
    assertThat(outputs.get(1).floats()).containsExactly(new float[] {0.4f, 0.5f}, within(1e-6f));
    assertThat(outputs.get(2).floats()).containsExactly(new float[] {1.4f, 1.4f}, within(1e-6f));
  }

  @Test
  void takesAVectorAsOneChannel() {
    Tensor one = Tensor.of(Shape.of(1), 1f);
    Tensor y =
        new BatchNormalization(3, 0.9, false)
            .forward(Inputs.of(Tensor.of(Shape.of(3), 2f, 4, 6), one, one, one, one), Memory.heap())
            .getFirst();
    assertThat(y.shape()).isEqualTo(Shape.of(3));
    assertThat(y.floats()).containsExactly(1.5f, 2.5f, 3.5f);
  }

  private static double normalize(
      double x, double mean, double variance, Tensor gamma, Tensor beta, int c) {
    return gamma.getDouble(c) * (x - mean) / Math.sqrt(variance + EPSILON) + beta.getDouble(c);
  }

  private static void assertClose(double[] actual, double[] expected, double relative) {
    double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
    assertThat(actual).containsExactly(expected, within(relative * largest));
  }

  private static Tensor floats(Shape shape, double mean, double deviation) {
    Tensor x = Tensor.zeros(DataType.FP32, shape);
    SplittableRandom random = new SplittableRandom(shape.hashCode());
    for (int i = 0; i < x.size(); i++) {
      x.setDouble(i, mean + deviation * random.nextGaussian());
    }
    return x;
  }

  private static Shape shape(String dimensions) {
    return Shape.of(Arrays.stream(dimensions.split("x")).mapToInt(Integer::parseInt).toArray());
  }
}
