package io.norma.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.Relu;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Channels whose mean is a million deviations: frozen statistics take it off before they scale. */
final class FrozenNormalizationTest {
  private static final float MEAN = 1e4f;
  private static final float VARIANCE = 1e-4f;

  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Tensor> constants = new LinkedHashMap<>();
  private final List<BatchNormalizationLayer> layers = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 16, 19, 40})
  void rawFeaturesKeepTheirDigits(int channels) {
    normalization("x", channels, 1e-6);
    assertAgrees(around(Shape.of(5, channels), MEAN));
    assertAgrees(around(Shape.of(2, channels, 3, 5), MEAN));
  }

  @Test
  void threeSamplesOfOneFeature() {
    normalization("x", 1, 1e-5);
    Tensor x = Tensor.of(Shape.of(3, 1), 10000.02f, 9999.98f, 10000f);
    double deviation = Math.sqrt(VARIANCE + 1e-5);
    assertThat((x.getDouble(0) - MEAN) / deviation).isBetween(1.8622, 1.8623);
    assertAgrees(x);
  }

  /** Maps in blocks: a convolution moves them to the mean, exactly, and nothing is fused across. */
  @Test
  void mapsBehindAnActivationKeepTheirDigits() {
    int channels = 19;
    float[] identity = new float[channels * channels];
    for (int c = 0; c < channels; c++) {
      identity[c * channels + c] = 1;
    }
    float[] bias = new float[channels];
    Arrays.fill(bias, MEAN);
    constants.put("w", Tensor.of(Shape.of(channels, channels, 1, 1), identity));
    constants.put("b", Tensor.of(Shape.of(channels), bias));
    Window window = Window.of(new int[0], new int[0], new int[0]);
    node(new Convolution(window, 1), "moved", "x", "w", "b");
    node(new Relu(), "positive", "moved");
    normalization("positive", channels, 1e-6);
    assertAgrees(around(Shape.of(2, channels, 4, 7), 0));
  }

  /** Values on a grid that floats near the mean still show. */
  private static Tensor around(Shape shape, float center) {
    Tensor x = Tensor.zeros(DataType.FP32, shape);
    for (int i = 0; i < x.size(); i++) {
      x.floats()[i] = center + (i * 7 % 41 - 20) / 1024f;
    }
    return x;
  }

  private void assertAgrees(Tensor x) {
    List<Long> shape = new ArrayList<>(Collections.nCopies(x.shape().rank(), -1L));
    shape.set(1, (long) x.shape().dimension(1));
    Map<String, ChannelStatistics> statistics = new LinkedHashMap<>();
    for (BatchNormalizationLayer layer : layers) {
      float[] mean = new float[layer.channels()];
      float[] variance = new float[layer.channels()];
      Arrays.fill(mean, MEAN);
      Arrays.fill(variance, VARIANCE);
      statistics.put(layer.name(), new ChannelStatistics(mean, variance));
    }
    RunningStatistics running = new RunningStatistics(statistics);
    Network network =
        new Network(
            "far",
            List.of(new TensorMetadata("x", DataType.FP32, shape)),
            List.of(new TensorMetadata("y", DataType.FP32, shape)),
            nodes,
            constants,
            layers,
            running);
    List<RunningStatistics> rows = Collections.nCopies(x.shape().dimension(0), running);
    DoubleTensor right = Definitions.run(network, List.of(x), rows, Long.MAX_VALUE).getFirst();
    for (ExecutionPlan plan :
        List.of(ExecutionPlan.compile(network), ExecutionPlan.compileForObservation(network))) {
      BoundStatistics bound = plan.bind(running);
      for (RowStatistics statisticsOfRows :
          List.of(
              RowStatistics.uniform(bound),
              RowStatistics.perRow(
                  Collections.nCopies(rows.size(), bound).toArray(BoundStatistics[]::new)))) {
        Normalization frozen = new Normalization.Frozen(statisticsOfRows);
        Tensor y = plan.run(List.of(x), frozen, new Workspace()).getFirst();
        assertThat(right.distance(y)).as("distance of %s", y).isLessThan(1e-6);
      }
    }
  }

  private void normalization(String x, int channels, double epsilon) {
    float[] gamma = new float[channels];
    float[] beta = new float[channels];
    Arrays.fill(gamma, 1);
    Layer none =
        (inputs, memory) -> {
          throw new IllegalStateException("it is bound late");
        };
    layers.add(new BatchNormalizationLayer("bn", gamma, beta, epsilon));
    nodes.add(new Node("bn", "BatchNormalization", none, List.of(x), List.of("y"), "bn"));
  }

  private void node(Layer layer, String output, String... inputs) {
    nodes.add(new Node(output, layer.toString(), layer, List.of(inputs), List.of(output)));
  }
}
