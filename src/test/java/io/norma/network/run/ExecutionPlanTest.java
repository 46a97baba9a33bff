package io.norma.network.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Network;
import io.norma.network.Normalization;
import io.norma.onnx.OnnxImporter;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class ExecutionPlanTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Vectors live on the heap until their loops are compiled; how many runs that takes varies. */
  private static final int MOST_RUNS_TO_COMPILE = 200_000;

  private static final long BYTES_PER_RUN = 16 << 10;

  @Test
  void allocatesLittlePerRunOnceCompiled() throws IOException {
    ExecutionPlan plan = ExecutionPlan.compile(digits());
    Normalization normalization =
        new Normalization.Frozen(plan.bind(plan.network().runningStatistics()));
    List<Tensor> inputs = List.of(Tensor.zeros(DataType.FP32, Shape.of(1, 1, 8, 8)));
    Workspace workspace = new Workspace();
    long allocated = Long.MAX_VALUE;
    for (int run = 0; run < MOST_RUNS_TO_COMPILE && allocated > BYTES_PER_RUN; run++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      plan.run(inputs, normalization, workspace);
      allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    }
    assertThat(allocated).isLessThanOrEqualTo(BYTES_PER_RUN);
  }

  private static Network digits() throws IOException {
    try (InputStream model =
        Objects.requireNonNull(
            ExecutionPlanTest.class.getResourceAsStream("/models/digits/1/model.onnx"))) {
      return OnnxImporter.read(model, "digits").network();
    }
  }
}
