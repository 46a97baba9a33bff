package io.norma.onnx;

import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.ExecutionObserver;
import io.norma.network.Normalization;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.IterationLimit;
import io.norma.network.run.RunLimits;
import io.norma.network.run.Workspace;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs of one network with one workspace, frozen by the file's running statistics. */
final class Runs {
  final ExecutionPlan plan;
  private final Workspace workspace;

  Runs(ImportResult read) {
    this(read, MemoryBudget.unlimited(), IterationLimit.none());
  }

  Runs(ImportResult read, MemoryBudget budget, IterationLimit iterations) {
    plan = ExecutionPlan.compile(read.network());
    workspace = new Workspace(budget, RunLimits.of(iterations));
  }

  /** The first output. */
  Tensor run(Tensor... inputs) {
    return all(null, inputs).getFirst();
  }

  /** All outputs. */
  List<Tensor> all(@Nullable Long seed, Tensor... inputs) {
    Normalization frozen = new Normalization.Frozen(plan.bind(plan.network().runningStatistics()));
    return plan.run(List.of(inputs), frozen, workspace, ExecutionObserver.NONE, seed);
  }
}
