package io.norma.network.run;

import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.tensor.MemoryLimitException;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.ExecutionObserver;
import io.norma.network.Normalization;
import io.norma.network.steps.Run;
import java.util.List;

/**
 * A run of a batch, cut into rows. Each thread takes some rows through all steps, with a workspace
 * of its own, and then the next ones: what one step writes the next one finds in the same core's
 * cache, however far cores are from each other. Only at the end, where fewer slices are left than
 * threads, do others help with single steps.
 */
final class SlicedRun {
  private final ExecutionPlan plan;
  private final RowSlices slices;
  private final List<Tensor> inputs;
  private final int rows;
  private final Normalization normalization;
  private final Workspace workspace;

  SlicedRun(
      ExecutionPlan plan,
      RowSlices slices,
      List<Tensor> inputs,
      int rows,
      Normalization normalization,
      Workspace workspace) {
    this.plan = plan;
    this.slices = slices;
    this.inputs = inputs;
    this.rows = rows;
    this.normalization = normalization;
    this.workspace = workspace;
  }

  /** Runs; the outputs have memory of their own. */
  List<Tensor> run() {
    ComputePool pool = ComputePool.get();
    int threads = pool.available();
    workspace.beginRuns(pool.threads());
    // How much memory a row takes is known once one has run by itself.
    MemoryPlan oneRow = plan.memoryPlan(RowSlices.of(inputs, 0, 1));
    while (oneRow == null) {
      List<Tensor> _ = run(0, 1, workspace);
      oneRow = plan.memoryPlan(RowSlices.of(inputs, 0, 1));
    }
    List<Tensor> outputs =
        oneRow.outputs().stream()
            .map(output -> workspace.output(output.dataType(), output.shape().with(0, rows)))
            .toList();
    int atATime = slices.rowsAtATime(rows, oneRow.flow(), threads);
    int parts = Math.ceilDiv(rows, atATime);
    ComputePool.Work slice =
        (part, worker) -> {
          int from = part * atATime;
          int to = Math.min(rows, from + atATime);
          copy(run(from, to, workspace.of(worker)), outputs, from, to);
        };
    try {
      pool.run(parts, slice);
    } catch (MemoryLimitException e) {
      if (threads == 1) {
        throw e;
      }
      // There may be enough for one at a time.
      workspace.freeWorkers();
      for (int part = 0; part < parts; part++) {
        slice.run(part, 0);
      }
    }
    return outputs;
  }

  private List<Tensor> run(int from, int to, Workspace own) {
    Run run = new Run(own, RowSlices.of(normalization, from, to), ExecutionObserver.NONE);
    return plan.run(RowSlices.of(inputs, from, to), run, own);
  }

  private static void copy(List<Tensor> part, List<Tensor> outputs, int from, int to) {
    for (int i = 0; i < outputs.size(); i++) {
      Tensor rowsOfOutput = part.get(i);
      Tensor output = outputs.get(i).rows(from, to);
      System.arraycopy(
          rowsOfOutput.array(),
          rowsOfOutput.offset(),
          output.array(),
          output.offset(),
          output.size());
    }
  }
}
