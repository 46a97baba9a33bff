package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.norma.kernel.tensor.Tensor;
import io.norma.model.ExecutionPlan;
import io.norma.model.Network;
import io.norma.model.Normalization;
import io.norma.model.Workspace;
import io.norma.onnx.proto.ModelProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Runs ONNX's own operator cases (github.com/onnx/onnx, Apache-2.0) where they are at hand. */
final class ConformanceTest {
  private static final Path CASES = Path.of("../shared/conformance/onnx-node");

  /** The relative and absolute tolerance of ONNX's own test runner. */
  private static final double RELATIVE = 1e-3;

  private static final double ABSOLUTE = 1e-7;

  /** Correct implementations differ on these: the first are random, the last two ambiguous. */
  private static final Set<String> AMBIGUOUS =
      Set.of(
          "test_training_dropout_default",
          "test_training_dropout_default_mask",
          "test_training_dropout_mask",
          "test_resize_downsample_scales_linear_align_corners",
          "test_resize_downsample_scales_cubic_align_corners");

  private enum Outcome {
    PASSED,
    REFUSED,
    FAILED,
    WRONG
  }

  private record Result(String name, String operator, Outcome outcome, String detail) {}

  @Test
  void computesWhatOnnxSpecifiesOrRefuses() throws IOException {
    assumeTrue(Files.isDirectory(CASES), "skipped: ONNX's operator cases are not at " + CASES);
    List<Result> results = new ArrayList<>();
    for (Path folder : TensorFiles.folders(CASES, "test_")) {
      results.add(run(folder));
    }
    print(results);

    assertThat(results).hasSizeGreaterThan(300);
    assertThat(results)
        .filteredOn(result -> !AMBIGUOUS.contains(result.name()))
        .filteredOn(
            result -> result.outcome() == Outcome.WRONG || result.outcome() == Outcome.FAILED)
        .isEmpty();
    long passed = results.stream().filter(r -> r.outcome() == Outcome.PASSED).count();
    assertThat(passed * 100.0 / results.size()).isGreaterThanOrEqualTo(95);
  }

  private static Result run(Path folder) throws IOException {
    String name = folder.getFileName().toString();
    byte[] bytes = Files.readAllBytes(folder.resolve("model.onnx"));
    String operator = ModelProto.parseFrom(bytes).getGraph().getNode(0).getOpType();
    try {
      ExecutionPlan plan = ExecutionPlan.compile(OnnxImporter.read(bytes, name).network());
      for (Path dataSet : TensorFiles.folders(folder, "test_data_set_")) {
        String difference = difference(plan, dataSet);
        if (difference != null) {
          return new Result(name, operator, Outcome.WRONG, difference);
        }
      }
      return new Result(name, operator, Outcome.PASSED, "");
    } catch (OnnxImportException e) {
      return new Result(name, operator, Outcome.REFUSED, e.toString());
    } catch (RuntimeException e) {
      return new Result(name, operator, Outcome.FAILED, e.toString());
    }
  }

  private static @Nullable String difference(ExecutionPlan plan, Path dataSet) throws IOException {
    Network network = plan.network();
    List<Tensor> expected = TensorFiles.readAll(dataSet, "output");
    List<Tensor> actual =
        plan.run(
            TensorFiles.readAll(dataSet, "input"),
            new Normalization.Frozen(plan.bind(network.runningStatistics())),
            new Workspace());
    for (int i = 0; i < expected.size(); i++) {
      Tensor e = expected.get(i);
      Tensor a = actual.get(i);
      if (e.dataType() != a.dataType() || !e.shape().equals(a.shape())) {
        return "output %d: expected %s, got %s".formatted(i, e, a);
      }
      for (int j = 0; j < e.size(); j++) {
        if (!close(e, a, j)) {
          return "output %d, element %d: expected %s, got %s"
              .formatted(i, j, e.getDouble(j), a.getDouble(j));
        }
      }
    }
    return null;
  }

  private static boolean close(Tensor expected, Tensor actual, int index) {
    if (!expected.dataType().isFloatingPoint()) {
      return expected.getLong(index) == actual.getLong(index);
    }
    double e = expected.getDouble(index);
    double a = actual.getDouble(index);
    return Double.compare(e, a) == 0 || Math.abs(e - a) <= ABSOLUTE + RELATIVE * Math.abs(e);
  }

  private static void print(List<Result> results) {
    Map<String, List<Result>> byOperator = new TreeMap<>();
    for (Result result : results) {
      byOperator.computeIfAbsent(result.operator(), o -> new ArrayList<>()).add(result);
    }
    StringBuilder table = new StringBuilder();
    table.append(
        "%n%-26s%8s%8s%8s%8s%n".formatted("operator", "passed", "refused", "failed", "wrong"));
    byOperator.forEach((operator, ofOperator) -> table.append(row(operator, ofOperator)));
    table.append(row("all", results));
    results.stream()
        .filter(result -> result.outcome() != Outcome.PASSED)
        .forEach(r -> table.append("%s %s: %s%n".formatted(r.outcome(), r.name(), r.detail())));
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
