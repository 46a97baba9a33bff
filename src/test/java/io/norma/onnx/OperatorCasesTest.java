package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.network.Network;
import io.norma.network.run.ExecutionPlan;
import io.norma.onnx.OperatorCase.Asked;
import io.norma.onnx.operators.OnnxOperators;
import io.norma.onnx.operators.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Operators from their nodes in a file to their outputs, against numbers from elsewhere. */
final class OperatorCasesTest {
  private static final double RELATIVE = 1e-5;
  private static final double ABSOLUTE = 1e-6;

  /** Whether its inputs come with the request, stand in the file, or both. */
  @ParameterizedTest
  @MethodSource("io.norma.onnx.OperatorCase#all")
  void answersAsWrittenWhereverInputsComeFrom(OperatorCase operatorCase) {
    List<String> faults = new ArrayList<>();
    for (Asked asked : Asked.values()) {
      Network network = OnnxImporter.read(operatorCase.model(asked), "case").network();
      for (RepeatedRuns runs :
          List.of(
              new RepeatedRuns(network, ExecutionPlan::compile),
              new RepeatedRuns(network, ExecutionPlan::compileForObservation))) {
        String fault = fault(operatorCase, asked, runs);
        if (fault != null) {
          faults.add(asked + ": " + fault);
        }
      }
    }
    assertThat(faults).isEmpty();
  }

  private static @Nullable String fault(OperatorCase operatorCase, Asked asked, RepeatedRuns runs) {
    try {
      return runs.fault(
          operatorCase.request(asked),
          outputs -> Differences.beyond(RELATIVE, ABSOLUTE, operatorCase.outputs(), outputs));
    } catch (RuntimeException e) {
      return e.toString();
    }
  }

  @Test
  void everyVersionOfEveryOperatorHasACase() {
    Set<String> missing = new TreeSet<>();
    for (String name : OnnxOperators.names()) {
      for (int version : operator(name).versions()) {
        missing.add(name + " of set " + version);
      }
    }
    OperatorCase.all().forEach(written -> missing.remove(version(written)));
    assertThat(missing).isEmpty();
  }

  private static String version(OperatorCase written) {
    int version = operator(written.operator()).versionUnder(written.operatorSet());
    return written.operator() + " of set " + version;
  }

  private static Operator operator(String name) {
    return Objects.requireNonNull(OnnxOperators.find(name), name);
  }
}
