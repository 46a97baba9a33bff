package io.norma.models;

import io.norma.kernel.compute.matrix.WeightFormat;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.network.Network;
import io.norma.network.run.RunLimits;
import io.norma.onnx.ImportReport;
import io.norma.onnx.ImportResult;
import io.norma.serving.ModelConfig;
import io.norma.serving.NetworkIdentity;
import java.util.List;

/** Models of networks that come from no file. */
public final class ServedModels {
  private ServedModels() {}

  /** A network, ready to run and cold. */
  public static ServedModel of(Network network) {
    return of(network, MemoryBudget.unlimited());
  }

  /** The same with so much memory for its runs. */
  public static ServedModel of(Network network, MemoryBudget budget) {
    ImportReport report =
        new ImportReport("", 8, 15, List.of(), List.of(), List.of(), 0, 0, List.of(), List.of());
    return new ServedModel(
        new NetworkIdentity("test", 1, ""),
        ModelFile.Origin.BUNDLED,
        List.of(),
        ModelConfig.NONE,
        WeightFormat.FP32,
        new ImportResult(network, report),
        null,
        new WorkspacePool(budget, RunLimits.none()),
        new ImportMemory(budget));
  }
}
