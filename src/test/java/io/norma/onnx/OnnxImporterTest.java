package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.model.ExecutionPlan;
import io.norma.model.Normalization;
import io.norma.model.Workspace;
import java.util.List;
import org.junit.jupiter.api.Test;

final class OnnxImporterTest {
  @Test
  void readsLayersAndBatchNormalizationsApart() {
    ImportResult result =
        OnnxBuilder.operatorSet(15)
            .input("x", -1, 2)
            .floats("bn1.weight", 1, 2)
            .floats("bn1.bias", 0, 1)
            .floats("bn1.running_mean", 4, 5)
            .floats("bn1.running_var", 5, 5)
            .node("/elu", "Elu", List.of("x"), List.of("e"))
            .node(
                "/bn1/BatchNormalization",
                "BatchNormalization",
                List.of("e", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var"),
                List.of("y"))
            .output("y", -1, 2)
            .read();

    assertThat(result.network().nodes()).extracting("name").containsExactly("/elu", "bn1");
    assertThat(result.network().runningStatistics().layer("bn1").mean()).containsExactly(4, 5);
    ExecutionPlan plan = ExecutionPlan.compile(result.network());
    Tensor y =
        plan.run(
                List.of(Tensor.of(Shape.of(1, 2), 4f, 10f)),
                new Normalization.Frozen(plan.bind(result.network().runningStatistics())),
                new Workspace())
            .getFirst();
    assertThat(y.toDoubleArray()[0]).isZero();
    assertThat(y.toDoubleArray()[1]).isCloseTo(1 + 2 * 5 / Math.sqrt(5 + 1e-5), within(1e-6));
  }
}
