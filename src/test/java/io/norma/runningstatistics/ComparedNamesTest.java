package io.norma.runningstatistics;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.layer.Relu;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Network;
import io.norma.network.Node;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ComparedNamesTest {
  private static Network network(String operator, List<String> inputs, String name, float value) {
    return new Network(
        "net",
        List.of(),
        List.of(),
        List.of(new Node("node", operator, new Relu(), inputs, List.of("y"))),
        Map.of(name, Tensor.of(Shape.of(1), value)),
        List.of(),
        new RunningStatistics(Map.of()));
  }

  private static List<StatisticsWarning> warnings(
      String operator, List<String> inputs, String name) {
    return OtherWeights.warnings(
        "it",
        network(operator, inputs, name, 1),
        new NetworkWeights(network(operator, inputs, name, 2)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "onnx::MatMul_45",
        "/layer/Constant_3_output_0",
        "const_fold_opt__7",
        "val_12",
        "123",
        "Constant_4"
      })
  void comparesNoNamesThatExportersCountUp(String name) {
    assertThat(warnings("MatMul", List.of("x", name), name)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"fc.weight", "layers.0.weight", "dense_2/kernel:0", "w1", "conv0_weight"})
  void comparesNamesThatPeopleGive(String name) {
    assertThat(warnings("MatMul", List.of("x", name), name))
        .singleElement()
        .satisfies(warning -> assertThat(warning.names()).containsExactly(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bn.running_mean", "moving_variance:0"})
  void comparesNoRunningStatisticsOfAnUnboundBatchNormalization(String name) {
    List<String> inputs = List.of("x", "gamma", "beta", name, name);

    assertThat(warnings("BatchNormalization", inputs, name)).isEmpty();
  }
}
