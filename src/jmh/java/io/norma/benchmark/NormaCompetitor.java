package io.norma.benchmark;

import io.norma.kernel.tensor.Tensor;
import io.norma.network.Network;
import io.norma.network.Normalization;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import java.util.List;

/** This project. */
final class NormaCompetitor implements Competitor {
  private final ExecutionPlan plan;
  private final List<Tensor> inputs;
  private final Normalization normalization;
  private final Workspace workspace = new Workspace();

  NormaCompetitor(Network network, Tensor input) {
    plan = ExecutionPlan.compile(network);
    inputs = List.of(input);
    normalization = new Normalization.Frozen(plan.bind(network.runningStatistics()));
  }

  @Override
  public String name() {
    return "norma";
  }

  @Override
  public float[] run() {
    return plan.run(inputs, normalization, workspace).getFirst().floats();
  }
}
