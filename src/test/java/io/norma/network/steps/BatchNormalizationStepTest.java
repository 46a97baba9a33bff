package io.norma.network.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.layer.Elu;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.statistics.BlendMethod;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.InstanceShrinkage;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.LayerException;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.Normalization;
import io.norma.network.TensorMetadata;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BatchNormalizationStepTest {
  private static final double EPSILON = 1e-5;
  private static final float[] GAMMA = {1.5f, -0.5f};
  private static final float[] BETA = {0.25f, 4f};
  private static final RunningStatistics PRIOR =
      new RunningStatistics(
          Map.of("bn", new ChannelStatistics(new float[] {1, -3}, new float[] {0.5f, 9})));

  @Test
  void normalizesTheFourSamplesOfThePaperByTheirOwnStatistics() {
    Tensor x = Tensor.of(Shape.of(4, 2), 1f, 2, 3, 4, 5, 6, 7, 8);
    Tensor y = run(x, new float[] {1, 1}, new float[] {0, 0}, new Normalization.Batch());
    double[] expected = new double[8];
    for (int i = 0; i < 8; i++) {
      expected[i] = (x.getDouble(i) - (i % 2 == 0 ? 4 : 5)) / Math.sqrt(5 + EPSILON);
    }
    assertThat(y.toDoubleArray()).containsExactly(expected, within(1e-6));
  }

  @Test
  void batchModeAgreesWithDoubleArithmetic() {
    Tensor x = random(Shape.of(5, 2, 3, 7), 2, 3);
    Tensor y = run(x, GAMMA, BETA, new Normalization.Batch());
    assertThat(y.toDoubleArray())
        .containsExactly(reference(x, PRIOR.layer("bn"), 0, BlendMethod.LINEAR), within(1e-5));
  }

  @ParameterizedTest
  @EnumSource
  void blendAgreesWithDoubleArithmetic(BlendMethod method) {
    Tensor x = random(Shape.of(5, 2, 9), 2, 3);
    Tensor y = run(x, GAMMA, BETA, new Normalization.Blend(PRIOR, 0.7, method));
    assertThat(y.toDoubleArray())
        .containsExactly(reference(x, PRIOR.layer("bn"), 0.7, method), within(1e-5));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1.5, 4})
  void instanceAwareAgreesWithDoubleArithmetic(double k) {
    Tensor x = random(Shape.of(5, 2, 3, 7), 2, 3);
    Tensor y = run(x, GAMMA, BETA, instanceAware(k));
    int values = 21;
    for (int channel = 0; channel < 10; channel++) {
      double runningMean = PRIOR.layer("bn").mean()[channel % 2];
      double runningVariance = PRIOR.layer("bn").variance()[channel % 2];
      double mean = 0;
      double variance = 0;
      for (int i = 0; i < values; i++) {
        mean += x.getDouble(channel * values + i) / values;
      }
      for (int i = 0; i < values; i++) {
        variance += Math.pow(x.getDouble(channel * values + i) - mean, 2) / (values - 1);
      }
      double far = Math.abs(mean - runningMean) - k * Math.sqrt(runningVariance / values);
      double wide = Math.abs(variance - runningVariance) - k * runningVariance * Math.sqrt(0.1);
      mean = runningMean + Math.signum(mean - runningMean) * Math.max(far, 0);
      variance = runningVariance + Math.signum(variance - runningVariance) * Math.max(wide, 0);
      for (int i = channel * values; i < (channel + 1) * values; i++) {
        double standard = (x.getDouble(i) - mean) / Math.sqrt(variance + EPSILON);
        double expected = GAMMA[channel % 2] * standard + BETA[channel % 2];
        assertThat(y.getDouble(i)).isCloseTo(expected, within(1e-5));
      }
    }
  }

  @Test
  void instanceAwareIsFrozenToTheBitWithOneValueAChannel() {
    Tensor x = random(Shape.of(5, 2), 2, 3);
    Network network = network(GAMMA, BETA);
    ExecutionPlan plan = ExecutionPlan.compileForObservation(network);
    assertThat(run(x, GAMMA, BETA, instanceAware(0)).toFloatArray())
        .isEqualTo(run(x, GAMMA, BETA, new Normalization.Frozen(plan.bind(PRIOR))).toFloatArray());
  }

  @Test
  void instanceAwareKeepsWhatIsNotFiniteInItsChannelAndRow() {
    Tensor x = random(Shape.of(3, 2, 4), 2, 3);
    float[] before = run(x, GAMMA, BETA, instanceAware(1)).toFloatArray();
    x.floats()[9] = Float.NaN;
    float[] after = run(x, GAMMA, BETA, instanceAware(1)).toFloatArray();
    for (int i = 0; i < after.length; i++) {
      if (i / 4 == 2) {
        assertThat(after[i]).isNaN();
      } else {
        assertThat(after[i]).isEqualTo(before[i]);
      }
    }
  }

  private static Normalization instanceAware(double k) {
    ExecutionPlan plan = ExecutionPlan.compileForObservation(network(GAMMA, BETA));
    return new Normalization.InstanceAware(PRIOR, plan.bind(PRIOR), new InstanceShrinkage(k));
  }

  @Test
  void keepsFiveDigitsWhereTheMeanIsAMillionDeviations() {
    Tensor x = random(Shape.of(64, 2, 16), 1e4, 1e-2);
    Tensor y = run(x, GAMMA, BETA, new Normalization.Batch());
    assertThat(y.toDoubleArray())
        .containsExactly(reference(x, PRIOR.layer("bn"), 0, BlendMethod.LINEAR), within(1e-4));
  }

  @Test
  void constantChannelGivesExactlyBeta() {
    float[] values = new float[2 * 2 * 5];
    Arrays.fill(values, 0.1f);
    Tensor y = run(Tensor.of(Shape.of(2, 2, 5), values), GAMMA, BETA, new Normalization.Batch());
    for (int i = 0; i < values.length; i++) {
      assertThat(y.floats()[i]).isEqualTo(BETA[i / 5 % 2]);
    }
  }

  @Test
  void refusesOneValuePerChannelAndNamesTheLayer() {
    Tensor x = Tensor.of(Shape.of(1, 2), 1f, 2f);
    for (Normalization normalization :
        List.of(new Normalization.Batch(), new Normalization.Blend(PRIOR, 0, BlendMethod.LINEAR))) {
      assertThatThrownBy(() -> run(x, GAMMA, BETA, normalization))
          .isInstanceOf(LayerException.class)
          .hasMessageContaining("Expected more than 1 value per channel when training")
          .hasMessageContaining("'bn'")
          .hasMessageContaining("[1,2]");
    }
  }

  @ParameterizedTest
  @EnumSource
  void blendsOneValuePerChannelWithThePrior(BlendMethod method) {
    Tensor x = Tensor.of(Shape.of(1, 2), 1f, 2f);
    Tensor y = run(x, GAMMA, BETA, new Normalization.Blend(PRIOR, 0.75, method));
    assertThat(y.toDoubleArray())
        .containsExactly(reference(x, PRIOR.layer("bn"), 0.75, method), within(1e-6));
  }

  @Test
  void aSingleAxisIsOfOneChannelInEveryMode() {
    double[] values = {1.75, -0.5, 0.75, 1.125, 9};
    float[] singles = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      singles[i] = (float) values[i];
    }
    Tensor x = Tensor.of(Shape.of(5), singles);
    double mean = Arrays.stream(values).average().orElseThrow();
    double variance =
        Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    assertOneChannel(x, new Normalization.Batch(), mean, variance);
    assertOneChannel(
        x,
        new Normalization.Blend(ONE_CHANNEL, 0.25, BlendMethod.LINEAR),
        0.25 * 2 + 0.75 * mean,
        0.25 * 4 + 0.75 * variance);
    ExecutionPlan plan = ExecutionPlan.compileForObservation(oneChannel());
    assertOneChannel(x, new Normalization.Frozen(plan.bind(ONE_CHANNEL)), 2, 4);
    Tensor one = Tensor.of(Shape.of(1), 3f);
    assertOneChannel(one, new Normalization.Frozen(plan.bind(ONE_CHANNEL)), 2, 4);
    assertThatThrownBy(() -> assertOneChannel(one, new Normalization.Batch(), 0, 0))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining("Expected more than 1 value per channel")
        .hasMessageContaining("an input of shape [1]:");
  }

  @Test
  void refusesASingleAxisForSeveralChannels() {
    assertThatThrownBy(() -> run(random(Shape.of(2), 0, 1), GAMMA, BETA, new Normalization.Batch()))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining("expected an input of shape (N, 2, …), got [2]");
  }

  private static final RunningStatistics ONE_CHANNEL =
      new RunningStatistics(Map.of("bn", new ChannelStatistics(new float[] {2}, new float[] {4})));

  private static Network oneChannel() {
    return new Network(
        "n",
        List.of(new TensorMetadata("x", DataType.FP32, List.of(-1L))),
        List.of(new TensorMetadata("y", DataType.FP32, List.of(-1L))),
        List.of(
            new Node("node", "BatchNormalization", NEVER_RUN, List.of("x"), List.of("y"), "bn")),
        Map.of(),
        List.of(new BatchNormalizationLayer("bn", new float[] {1.5f}, new float[] {0.5f}, EPSILON)),
        ONE_CHANNEL);
  }

  private static void assertOneChannel(
      Tensor x, Normalization normalization, double mean, double variance) {
    List<ChannelMoments> seen = new ArrayList<>();
    Tensor y =
        ExecutionPlan.compileForObservation(oneChannel())
            .run(
                List.of(x),
                normalization,
                new Workspace(),
                (layer, value) -> seen.add(ChannelMoments.of(value, 1)))
            .getFirst();
    assertThat(y.shape()).isEqualTo(x.shape());
    for (int i = 0; i < x.size(); i++) {
      double expected = 1.5 * (x.getDouble(i) - mean) / Math.sqrt(variance + EPSILON) + 0.5;
      assertThat(y.getDouble(i)).isCloseTo(expected, within(1e-6));
    }
    assertThat(seen.getFirst().count()).isEqualTo(x.size());
  }

  @Test
  void refusesPriorWithoutTheLayer() {
    RunningStatistics other =
        new RunningStatistics(
            Map.of("other", new ChannelStatistics(new float[2], new float[] {1, 1})));
    assertThatThrownBy(() ->
            run(
                random(Shape.of(4, 2), 0, 1),
                GAMMA,
                BETA,
                new Normalization.Blend(other, 0.5, BlendMethod.LINEAR)))
        .hasMessageContaining("'bn'");
  }

  @Test
  void observerSeesTheValuesBeforeNormalizationAndChangesNothing() {
    Network network = network(GAMMA, BETA);
    ExecutionPlan plan = ExecutionPlan.compileForObservation(network);
    Normalization frozen = new Normalization.Frozen(plan.bind(PRIOR));
    Tensor x = random(Shape.of(6, 2, 4), 1, 2);
    List<ChannelMoments> seen = new ArrayList<>();

    Tensor observed =
        plan.run(
                List.of(x),
                frozen,
                new Workspace(),
                (layer, value) -> {
                  assertThat(layer).isZero();
                  seen.add(ChannelMoments.of(value, 1));
                })
            .getFirst();

    assertThat(observed.toFloatArray())
        .isEqualTo(plan.run(List.of(x), frozen, new Workspace()).getFirst().toFloatArray());
    Tensor activated = new Elu(1).forward(Inputs.of(x), Tensor::zeros).getFirst();
    assertThat(seen).containsExactly(ChannelMoments.of(activated, 1));
  }

  private static Tensor run(Tensor x, float[] gamma, float[] beta, Normalization normalization) {
    Network network = network(gamma, beta);
    Network withoutActivation =
        new Network(
            "n",
            network.inputs(),
            network.outputs(),
            List.of(
                new Node(
                    "node", "BatchNormalization", NEVER_RUN, List.of("x"), List.of("y"), "bn")),
            Map.of(),
            network.batchNormalizations(),
            PRIOR);
    return ExecutionPlan.compileForObservation(withoutActivation)
        .run(List.of(x), normalization, new Workspace())
        .getFirst();
  }

  private static Network network(float[] gamma, float[] beta) {
    return new Network(
        "n",
        List.of(new TensorMetadata("x", DataType.FP32, List.of(-1L, 2L))),
        List.of(new TensorMetadata("y", DataType.FP32, List.of(-1L, 2L))),
        List.of(
            new Node("elu", "Elu", new Elu(1), List.of("x"), List.of("e")),
            new Node("node", "BatchNormalization", NEVER_RUN, List.of("e"), List.of("y"), "bn")),
        Map.of(),
        List.of(new BatchNormalizationLayer("bn", gamma, beta, EPSILON)),
        PRIOR);
  }

  private static final Layer NEVER_RUN =
      (inputs, memory) -> {
        throw new AssertionError("the step normalizes, not the layer");
      };

  /** Two passes in double over the float32 values. */
  private static double[] reference(
      Tensor x, ChannelStatistics prior, double priorWeight, BlendMethod method) {
    int rows = x.shape().dimension(0);
    int positions = x.size() / rows / 2;
    double[] y = new double[x.size()];
    for (int c = 0; c < 2; c++) {
      double mean = 0;
      for (int n = 0; n < rows; n++) {
        for (int p = 0; p < positions; p++) {
          mean += x.getDouble((n * 2 + c) * positions + p);
        }
      }
      mean /= rows * positions;
      double variance = 0;
      for (int n = 0; n < rows; n++) {
        for (int p = 0; p < positions; p++) {
          double difference = x.getDouble((n * 2 + c) * positions + p) - mean;
          variance += difference * difference;
        }
      }
      variance /= rows * positions;
      double between = prior.mean()[c] - mean;
      variance = priorWeight * prior.variance()[c] + (1 - priorWeight) * variance;
      if (method == BlendMethod.MIXTURE) {
        variance += priorWeight * (1 - priorWeight) * between * between;
      }
      mean = priorWeight * prior.mean()[c] + (1 - priorWeight) * mean;
      for (int n = 0; n < rows; n++) {
        for (int p = 0; p < positions; p++) {
          int i = (n * 2 + c) * positions + p;
          y[i] = GAMMA[c] * (x.getDouble(i) - mean) / Math.sqrt(variance + EPSILON) + BETA[c];
        }
      }
    }
    return y;
  }

  private static Tensor random(Shape shape, double mean, double deviation) {
    Random random = new Random(7);
    float[] values = new float[shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (mean + deviation * random.nextGaussian());
    }
    return Tensor.of(shape, values);
  }
}
