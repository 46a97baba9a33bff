package io.norma.fuzz;

import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.TimeLimit;
import io.norma.kernel.tensor.WorkLimit;
import io.norma.onnx.ImportLimits;
import io.norma.onnx.file.NodeLimit;
import java.time.Duration;

/** What an import may take here: far less than in the service. */
public final class FuzzLimits {
  private static final long MEMORY = 4 << 20;
  private static final int NODES = 2000;
  private static final long OPERATIONS = 50_000_000;
  private static final Duration TIME = Duration.ofMinutes(1);

  private FuzzLimits() {}

  /** Of one import. */
  public static ImportLimits ofImport() {
    return new ImportLimits(
        new MemoryBudget("what is folded", MEMORY),
        new NodeLimit("nodes", NODES),
        new WorkLimit("operations", OPERATIONS),
        time());
  }

  public static TimeLimit time() {
    return new TimeLimit("time", TIME);
  }
}
