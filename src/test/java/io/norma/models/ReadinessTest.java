package io.norma.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.layer.Relu;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.models.ModelSettings.Readiness;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.TensorMetadata;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ReadinessTest {
  @Test
  void waitsForAllModelsOrForOne() {
    ModelRepository all = new ModelRepository(List.of(), Readiness.ALL);
    ModelRepository any = new ModelRepository(List.of(), Readiness.ANY);
    for (ModelRepository repository : List.of(all, any)) {
      repository.begin("second", 1);
      assertThat(repository.isReady()).isFalse();
      repository.publish(model());
    }
    assertThat(all.isReady()).isFalse();
    assertThat(any.isReady()).isTrue();
    all.started();
    assertThat(all.isReady()).isTrue();
  }

  private static ServedModel model() {
    return ServedModels.of(
        new Network(
            "test",
            List.of(new TensorMetadata("x", DataType.FP32, List.of(-1L))),
            List.of(new TensorMetadata("y", DataType.FP32, List.of(-1L))),
            List.of(new Node("relu", "Relu", new Relu(), List.of("x"), List.of("y"))),
            Map.of(),
            List.of(),
            new RunningStatistics(new LinkedHashMap<>())));
  }
}
