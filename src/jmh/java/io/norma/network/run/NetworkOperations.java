package io.norma.network.run;

import io.norma.kernel.compute.matrix.WeightFormat;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.Value;
import io.norma.network.Network;
import io.norma.network.Normalization;
import io.norma.network.compile.Compiler;
import io.norma.network.steps.FusedConvolutionStep;
import io.norma.network.steps.FusedDenseStep;
import io.norma.network.steps.Run;
import io.norma.network.steps.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Counts the multiplications and additions that a network's convolutions and dense layers take. */
public final class NetworkOperations {
  private NetworkOperations() {}

  /**
   * Operations of one run by the definition of each layer, two for each multiply-add: a faster
   * algorithm takes fewer.
   */
  public static long count(Network network, List<Tensor> inputs) {
    LongAdder operations = new LongAdder();
    List<Step> counting = new ArrayList<>();
    Compiler.steps(network, WeightFormat.FP32)
        .forEach(step -> counting.add(new CountingStep(step, operations)));
    ExecutionPlan plan = new ExecutionPlan(network, counting);
    plan.run(
        inputs, new Normalization.Frozen(plan.bind(network.runningStatistics())), new Workspace());
    return operations.sum();
  }

  private record CountingStep(Step step, LongAdder operations) implements Step {
    @Override
    public String name() {
      return step.name();
    }

    @Override
    public List<String> inputs() {
      return step.inputs();
    }

    @Override
    public List<String> outputs() {
      return step.outputs();
    }

    @Override
    public List<? extends Value> execute(Inputs inputs, Run run) {
      List<? extends Value> results = step.execute(inputs, run);
      Shape shape = results.getFirst() instanceof Tensor y ? y.shape() : Shape.of();
      switch (step) {
        case FusedConvolutionStep fused -> {
          long pixels = (long) shape.dimension(0) * shape.size(2, 4);
          operations.add(2L * pixels * fused.geometries().weights().size());
        }
        case FusedDenseStep dense -> {
          long rows = shape.size(0, shape.rank() - 1);
          operations.add(2L * rows * dense.packed().inputs() * dense.packed().outputs());
        }
        default -> {}
      }
      return results;
    }
  }
}
