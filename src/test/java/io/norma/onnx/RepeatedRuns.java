package io.norma.onnx;

import io.norma.kernel.tensor.Tensor;
import io.norma.network.LayerException;
import io.norma.network.Network;
import io.norma.network.Normalization;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs of one plan, by turns on inputs and on {@link OtherInputs}: each must answer what a plan
 * that is compiled anew answers first, to the bit.
 *
 * @param compiler makes plans
 */
record RepeatedRuns(Network network, Function<Network, ExecutionPlan> compiler) {
  /**
   * The first difference there is, or {@code null}.
   *
   * @param check what else the answer to the inputs themselves must be, {@code null} where it is so
   */
  @Nullable String fault(List<Tensor> inputs, Function<List<Tensor>, @Nullable String> check) {
    ExecutionPlan plan = compiler.apply(network);
    Workspace workspace = new Workspace();
    List<List<Tensor>> others = OtherInputs.of(inputs);
    List<List<Tensor>> sequence = new ArrayList<>();
    sequence.add(inputs);
    sequence.addAll(others);
    sequence.add(inputs);
    sequence.addAll(others.reversed());
    sequence.add(inputs);
    for (int i = 0; i < sequence.size(); i++) {
      Answer first = Answer.of(compiler.apply(network), sequence.get(i), new Workspace());
      Answer later = Answer.of(plan, sequence.get(i), workspace);
      String difference = first.difference(later);
      if (difference == null && i % (others.size() + 1) == 0) {
        difference = later.refusal.isEmpty() ? check.apply(later.outputs) : later.refusal;
      }
      if (difference != null) {
        return "run %d: %s".formatted(i, difference);
      }
    }
    return null;
  }

  /** Outputs, or why there are none. */
  private record Answer(List<Tensor> outputs, String refusal) {
    static Answer of(ExecutionPlan plan, List<Tensor> inputs, Workspace workspace) {
      Normalization frozen =
          new Normalization.Frozen(plan.bind(plan.network().runningStatistics()));
      try {
        return new Answer(plan.run(inputs, frozen, workspace), "");
      } catch (LayerException e) {
        return new Answer(List.of(), String.valueOf(e.getMessage()));
      }
    }

    @Nullable String difference(Answer later) {
      return refusal.equals(later.refusal)
          ? Differences.inBits(outputs, later.outputs)
          : "answered first: '%s', later: '%s'".formatted(refusal, later.refusal);
    }
  }
}
