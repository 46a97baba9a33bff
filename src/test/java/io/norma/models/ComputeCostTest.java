package io.norma.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.layer.Relu;
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

final class ComputeCostTest {
  private static final List<Tensor> HUNDRED = rows(99);

  @Test
  void isVeryHighUntilARunWasSeen() {
    assertThat(cost("Relu", DataType.FP32).expected(HUNDRED)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void growsWithTheInputs() {
    ComputeCost cost = cost("Relu", DataType.FP32);
    cost.ran(HUNDRED, 5_000);
    assertThat(cost.expected(HUNDRED)).isEqualTo(5_000);
    assertThat(cost.expected(rows(999))).isEqualTo(50_000);
  }

  @Test
  void isHardlyMovedByARunThatWasHeldUp() {
    ComputeCost cost = cost("Relu", DataType.FP32);
    cost.ran(HUNDRED, 5_000);
    cost.ran(HUNDRED, 50_000_000);
    assertThat(cost.expected(HUNDRED)).isLessThan(5_100);
  }

  @Test
  void followsRunsThatAreAllSlower() {
    ComputeCost cost = cost("Relu", DataType.FP32);
    cost.ran(HUNDRED, 5_000);
    for (int i = 0; i < 1_000; i++) {
      cost.ran(HUNDRED, 80_000);
    }
    assertThat(cost.expected(HUNDRED)).isBetween(79_000L, 80_000L);
  }

  @Test
  void isNotKnownWhereValuesDecide() {
    for (ComputeCost cost : List.of(cost("Loop", DataType.FP32), cost("Relu", DataType.INT64))) {
      cost.ran(HUNDRED, 5_000);
      assertThat(cost.expected(HUNDRED)).isEqualTo(Long.MAX_VALUE);
    }
  }

  private static List<Tensor> rows(int count) {
    return List.of(Tensor.zeros(DataType.FP32, Shape.of(count)));
  }

  private static ComputeCost cost(String operator, DataType type) {
    return new ComputeCost(
        new Network(
            "test",
            List.of(new TensorMetadata("x", type, List.of(-1L))),
            List.of(new TensorMetadata("y", type, List.of(-1L))),
            List.of(new Node("node", operator, new Relu(), List.of("x"), List.of("y"))),
            Map.of(),
            List.of(),
            new RunningStatistics(new LinkedHashMap<>())));
  }
}
