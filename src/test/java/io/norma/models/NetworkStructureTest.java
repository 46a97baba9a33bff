package io.norma.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.layer.Convolution;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.TensorMetadata;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class NetworkStructureTest {
  @Test
  void isThatOfNetworksWithOtherWeights() {
    assertThat(NetworkStructure.of(convolution(1, 3, 0.5f)))
        .isEqualTo(NetworkStructure.of(convolution(1, 3, 2f)))
        .hasSameHashCodeAs(NetworkStructure.of(convolution(1, 3, 2f)));
  }

  @Test
  void tellsAttributesAndShapesApart() {
    NetworkStructure structure = NetworkStructure.of(convolution(1, 3, 1));
    assertThat(structure).isNotEqualTo(NetworkStructure.of(convolution(2, 3, 1)));
    assertThat(structure).isNotEqualTo(NetworkStructure.of(convolution(1, 5, 1)));
  }

  private static Network convolution(int stride, int extent, float weight) {
    Tensor weights = Tensor.zeros(DataType.FP32, Shape.of(4, 3, extent, extent));
    for (int i = 0; i < weights.size(); i++) {
      weights.setDouble(i, weight);
    }
    Window window = Window.of(new int[] {stride, stride}, new int[0], new int[0]);
    return new Network(
        "test",
        List.of(new TensorMetadata("x", DataType.FP32, List.of(-1L, 3L, 8L, 8L))),
        List.of(new TensorMetadata("y", DataType.FP32, List.of(-1L, 4L, -1L, -1L))),
        List.of(new Node("c", "Conv", new Convolution(window, 1), List.of("x", "w"), List.of("y"))),
        Map.of("w", weights),
        List.of(),
        new RunningStatistics(new LinkedHashMap<>()));
  }
}
