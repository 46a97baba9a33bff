package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.tensor.Tensor;
import io.norma.network.Normalization;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import io.norma.onnx.file.OnnxImportException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Runs ONNX's own operator cases where they are at hand. */
final class ConformanceTest {
  private enum Outcome {
    PASSED,
    REFUSED,
    FAILED,
    WRONG
  }

  private record Result(ConformanceCase conformance, Outcome outcome, String detail) {}

  @Test
  void computesWhatOnnxSpecifiesOrRefuses() {
    List<Result> results = ConformanceCase.all().stream().map(ConformanceTest::run).toList();
    print(results);

    assertThat(results).hasSizeGreaterThan(300);
    assertThat(results)
        .filteredOn(result -> !result.conformance().isAmbiguous())
        .filteredOn(
            result -> result.outcome() == Outcome.WRONG || result.outcome() == Outcome.FAILED)
        .isEmpty();
    long passed = results.stream().filter(r -> r.outcome() == Outcome.PASSED).count();
    assertThat(passed * 100.0 / results.size()).isGreaterThanOrEqualTo(95);
  }

  private static Result run(ConformanceCase conformance) {
    try {
      ExecutionPlan plan =
          ExecutionPlan.compile(
              OnnxImporter.read(conformance.model(), conformance.name()).network());
      Normalization frozen =
          new Normalization.Frozen(plan.bind(plan.network().runningStatistics()));
      for (ConformanceCase.DataSet dataSet : conformance.dataSets()) {
        List<Tensor> actual = plan.run(dataSet.inputs(), frozen, new Workspace());
        String difference = Differences.beyondTolerance(dataSet.outputs(), actual);
        if (difference != null) {
          return new Result(conformance, Outcome.WRONG, difference);
        }
      }
      return new Result(conformance, Outcome.PASSED, "");
    } catch (OnnxImportException e) {
      return new Result(conformance, Outcome.REFUSED, e.toString());
    } catch (RuntimeException e) {
      return new Result(conformance, Outcome.FAILED, e.toString());
    }
  }

  private static void print(List<Result> results) {
    Map<String, List<Result>> byOperator = new TreeMap<>();
    for (Result result : results) {
      byOperator
          .computeIfAbsent(result.conformance().operator(), o -> new ArrayList<>())
          .add(result);
    }
    StringBuilder table = new StringBuilder();
    table.append(
        "%n%-26s%8s%8s%8s%8s%n".formatted("operator", "passed", "refused", "failed", "wrong"));
    byOperator.forEach((operator, ofOperator) -> table.append(row(operator, ofOperator)));
    table.append(row("all", results));
    results.stream()
        .filter(result -> result.outcome() != Outcome.PASSED)
        .forEach(r ->
            table.append("%s %s: %s%n".formatted(r.outcome(), r.conformance().name(), r.detail())));
    System.out.println(table);
  }

  private static String row(String operator, List<Result> results) {
    StringBuilder row = new StringBuilder("%-26s".formatted(operator));
    for (Outcome outcome : Outcome.values()) {
      row.append("%8d".formatted(results.stream().filter(r -> r.outcome() == outcome).count()));
    }
    return row.append("%n".formatted()).toString();
  }
}
