package io.norma.serving;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.layer.Add;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.Reshape;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.model.Network;
import io.norma.model.Node;
import io.norma.model.TensorMetadata;
import io.norma.onnx.ImportReport;
import io.norma.onnx.ImportResult;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class WarmupTest {
  @Test
  void refusesWhatCannotRun() {
    ServedModel model = model(new Add(), "two", Tensor.of(Shape.of(2), 1f, 2f), -1, 3);

    assertThatThrownBy(() -> new Warmup(Duration.ofMillis(10), new ComputeSlots(1, 1)).run(model))
        .isInstanceOf(ServingException.Invalid.class)
        .hasMessageContaining("the network does not run")
        .hasMessageContaining("layer");
  }

  @Test
  void servesColdWhereItsGuessOfAnExtentDoesNotFit() {
    ServedModel model = model(new Add(), "two", Tensor.of(Shape.of(2), 1f, 2f), 1, -1);

    new Warmup(Duration.ofMillis(10), new ComputeSlots(1, 1)).run(model);
  }

  @Test
  void servesWhatRunsAtOneRowAlone() {
    Tensor row = Tensor.of(Shape.of(2), 1L, 4L);
    ServedModel model = model(new Reshape(null, false), "row", row, -1, 4);

    new Warmup(Duration.ofMillis(10), new ComputeSlots(1, 1)).run(model);
  }

  private static ServedModel model(Layer layer, String name, Tensor constant, long... inputShape) {
    List<Long> shape = Arrays.stream(inputShape).boxed().toList();
    Network network =
        new Network(
            "test",
            List.of(new TensorMetadata("x", DataType.FP32, shape)),
            List.of(new TensorMetadata("y", DataType.FP32, shape)),
            List.of(new Node("layer", "Test", layer, List.of("x", name), List.of("y"))),
            Map.of(name, constant),
            List.of(),
            new RunningStatistics(new LinkedHashMap<>()));
    ImportReport report =
        new ImportReport("", 8, 15, List.of(), List.of(), List.of(), 0, 0, List.of(), List.of());
    return new ServedModel(
        "test",
        1,
        ModelFile.Origin.BUNDLED,
        "",
        new ImportResult(network, report),
        new WorkspacePool(MemoryBudget.unlimited()));
  }
}
