package io.norma.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.norma.admission.ComputeSlots;
import io.norma.admission.Imports;
import io.norma.admission.MemoryBudgets;
import io.norma.kernel.compute.matrix.WeightFormat;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.run.RunLimits;
import io.norma.network.run.Workspace;
import io.norma.serving.NetworkIdentity;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whether a warm model runs compiled kernels. How the compiler fares depends on what else it
 * compiles at the time, so this is no part of the build: {@code mvn -Pjmh test
 * -Dtest=WarmupAllocationTest}.
 */
final class WarmupAllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final long BYTES_PER_RUN = 16 << 10;

  private static final ReferenceSource NO_REFERENCES =
      new ReferenceSource() {
        @Override
        public Optional<References> find(NetworkIdentity network) {
          return Optional.empty();
        }

        @Override
        public Map<NetworkIdentity, Long> batches() {
          return Map.of();
        }
      };

  /** Vectors live on the heap until their loops are compiled: a cold run makes megabytes. */
  @Test
  void leavesKernelsCompiled(@TempDir Path directory) {
    MemoryBudget memory = MemoryBudget.unlimited();
    ModelLoader loader =
        new ModelLoader(
            new Imports(1),
            new Warmup(Duration.ofMinutes(2), false, new ComputeSlots(1, 1)),
            new MemoryBudgets(memory, memory, memory),
            RunLimits.none(),
            new IncomingFiles(directory, Clock.systemUTC()),
            NO_REFERENCES,
            WeightFormat.FP32);

    ServedModel digits = loader.load(new BundledModels().find().getFirst(), Warmup.Extent.WARM);

    for (int rows : new int[] {1, 15}) {
      Workspace workspace = new Workspace();
      List<Tensor> image = List.of(Tensor.zeros(DataType.FP32, Shape.of(rows, 1, 8, 8)));
      // The first run finds out what memory it needs, the second one takes it.
      digits.plan().run(image, digits.defaultNormalization(), workspace);
      digits.plan().run(image, digits.defaultNormalization(), workspace);
      long before = THREADS.getCurrentThreadAllocatedBytes();
      digits.plan().run(image, digits.defaultNormalization(), workspace);
      assertThat(THREADS.getCurrentThreadAllocatedBytes() - before)
          .as("bytes for %d rows", rows)
          .isLessThan(BYTES_PER_RUN);
    }
  }
}
