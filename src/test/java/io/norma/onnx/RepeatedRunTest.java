package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.tensor.Tensor;
import io.norma.model.ExecutionPlan;
import io.norma.model.LayerException;
import io.norma.model.Network;
import io.norma.model.Normalization;
import io.norma.model.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What a plan remembers of earlier runs shows in no later one: on ONNX's own operator cases, with
 * runs on other elements, of other sizes, and runs that end early in between.
 */
final class RepeatedRunTest {
  @Test
  void plansForServingAnswerWhatTheyWouldAnswerFirst() {
    assertThat(faults(ExecutionPlan::compile)).isEmpty();
  }

  @Test
  void plansForObservationAnswerWhatTheyWouldAnswerFirst() {
    assertThat(faults(ExecutionPlan::compileForObservation)).isEmpty();
  }

  private static List<String> faults(Function<Network, ExecutionPlan> compiler) {
    List<String> faults = new ArrayList<>();
    for (ConformanceCase conformance : ConformanceCase.all()) {
      if (conformance.isAmbiguous()) {
        continue;
      }
      try {
        String fault = fault(conformance, compiler);
        if (fault != null) {
          faults.add(conformance.name() + ": " + fault);
        }
      } catch (RuntimeException e) {
        faults.add(conformance.name() + ": " + e);
      }
    }
    return faults;
  }

  private static @Nullable String fault(
      ConformanceCase conformance, Function<Network, ExecutionPlan> compiler) {
    Network network = OnnxImporter.read(conformance.model(), conformance.name()).network();
    ExecutionPlan plan = compiler.apply(network);
    Workspace workspace = new Workspace();
    for (ConformanceCase.DataSet dataSet : conformance.dataSets()) {
      List<List<Tensor>> others = OtherInputs.of(dataSet.inputs());
      List<List<Tensor>> sequence = new ArrayList<>();
      sequence.add(dataSet.inputs());
      sequence.addAll(others);
      sequence.add(dataSet.inputs());
      sequence.addAll(others.reversed());
      sequence.add(dataSet.inputs());
      for (int i = 0; i < sequence.size(); i++) {
        Answer first = Answer.of(compiler.apply(network), sequence.get(i), new Workspace());
        Answer later = Answer.of(plan, sequence.get(i), workspace);
        String difference = first.difference(later);
        if (difference == null && sequence.get(i).equals(dataSet.inputs())) {
          difference = Differences.beyondTolerance(dataSet.outputs(), later.outputs());
        }
        if (difference != null) {
          return "run %d: %s".formatted(i, difference);
        }
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
