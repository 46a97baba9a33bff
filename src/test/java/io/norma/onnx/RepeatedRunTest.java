package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.network.Network;
import io.norma.network.run.ExecutionPlan;
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
      String fault = fault(conformance, compiler);
      if (fault != null) {
        faults.add(conformance.name() + ": " + fault);
      }
    }
    return faults;
  }

  private static @Nullable String fault(
      ConformanceCase conformance, Function<Network, ExecutionPlan> compiler) {
    try {
      Network network = OnnxImporter.read(conformance.model(), conformance.name()).network();
      RepeatedRuns runs = new RepeatedRuns(network, compiler);
      for (ConformanceCase.DataSet dataSet : conformance.dataSets()) {
        String fault =
            runs.fault(
                dataSet.inputs(),
                outputs -> Differences.beyondTolerance(dataSet.outputs(), outputs));
        if (fault != null) {
          return fault;
        }
      }
      return null;
    } catch (RuntimeException e) {
      return e.toString();
    }
  }
}
