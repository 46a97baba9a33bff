package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Normalization;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole detectors against ONNX Runtime, on several images by turns with one plan and one workspace.
 * {@code src/test/python/make_detectors.py} makes them; {@code -Dtest.detectors=FOLDER}, or the
 * variable {@code TEST_DETECTORS}, says where they are.
 */
final class DetectorTest {
  private static final double TOLERANCE = 1e-3;

  private static @Nullable Path folder() {
    String folder = System.getProperty("test.detectors", System.getenv("TEST_DETECTORS"));
    return folder == null ? null : Path.of(folder);
  }

  static Stream<String> detectors() throws IOException {
    Path folder = folder();
    if (folder == null) {
      return Stream.of("none");
    }
    try (Stream<Path> folders = Files.list(folder)) {
      return folders
          .filter(path -> Files.exists(path.resolve("test_data_set_0")))
          .map(path -> path.getFileName().toString())
          .sorted()
          .toList()
          .stream();
    }
  }

  /** An image, and what ONNX Runtime found in it. */
  private record Example(Tensor image, List<Tensor> found) {}

  /** How far answers were apart at most. */
  private record Distance(double boxes, double scores, double others, int detections) {
    Distance and(Distance other) {
      return new Distance(
          Math.max(boxes, other.boxes),
          Math.max(scores, other.scores),
          Math.max(others, other.others),
          detections + other.detections);
    }
  }

  @ParameterizedTest
  @MethodSource("detectors")
  void answersAsOnnxRuntimeDoes(String name) throws IOException {
    Path root = folder();
    assumeTrue(root != null, "skipped: -Dtest.detectors does not say where detectors are");
    Path folder = Objects.requireNonNull(root).resolve(name);
    ImportResult read =
        OnnxImporter.read(Files.readAllBytes(folder.resolve("model.onnx")), name);
    ExecutionPlan plan = ExecutionPlan.compile(read.network());
    Normalization frozen = new Normalization.Frozen(plan.bind(read.network().runningStatistics()));
    Workspace workspace = new Workspace();
    List<Example> examples = examples(folder);
    List<List<Tensor>> first = new ArrayList<>();
    Distance largest = new Distance(0, 0, 0, 0);
    for (Example example : examples) {
      List<Tensor> found = plan.run(List.of(example.image), frozen, workspace);
      first.add(found);
      largest = largest.and(distance(example.found, found));
    }
    for (int i = examples.size() - 1; i >= 0; i--) {
      List<Tensor> again = plan.run(List.of(examples.get(i).image), frozen, workspace);
      assertThat(Differences.inBits(first.get(i), again)).as("image %d again", i).isNull();
    }
    System.out.printf(
        "%-40s %d images, %d detections, boxes %.1e pixels, scores %.1e, others %.1e%n",
        name,
        examples.size(),
        largest.detections,
        largest.boxes,
        largest.scores,
        largest.others);
    assertThat(largest.boxes).as("boxes").isLessThanOrEqualTo(TOLERANCE);
    assertThat(largest.scores).as("scores").isLessThanOrEqualTo(TOLERANCE);
    assertThat(largest.others).as("other values").isLessThanOrEqualTo(TOLERANCE);
  }

  private static List<Example> examples(Path folder) throws IOException {
    List<Example> examples = new ArrayList<>();
    for (Path dataSet : TensorFiles.folders(folder, "test_data_set_")) {
      examples.add(
          new Example(
              TensorFiles.readAll(dataSet, "input").getFirst(),
              TensorFiles.readAll(dataSet, "output")));
    }
    return examples;
  }

  /** Detections are compared one by one in their order; labels and counts must be the same. */
  private static Distance distance(List<Tensor> expected, List<Tensor> actual) {
    double boxes = 0;
    double scores = 0;
    double others = 0;
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      Tensor e = expected.get(i);
      Tensor a = actual.get(i);
      assertThat(a.shape()).as("output %d", i).isEqualTo(e.shape());
      assertThat(a.dataType()).isEqualTo(e.dataType());
      if (e.dataType() == DataType.INT64) {
        assertThat(a.toLongArray()).as("labels").isEqualTo(e.toLongArray());
      } else if (e.shape().rank() == 2) {
        boxes = Math.max(boxes, distance(e, a));
      } else if (e.shape().rank() == 1) {
        scores = Math.max(scores, distance(e, a));
      } else {
        others = Math.max(others, distance(e, a));
      }
    }
    return new Distance(boxes, scores, others, expected.getFirst().shape().dimension(0));
  }

  private static double distance(Tensor expected, Tensor actual) {
    double largest = 0;
    double scale = 1;
    for (int i = 0; i < expected.size(); i++) {
      largest = Math.max(largest, Math.abs(expected.getDouble(i) - actual.getDouble(i)));
    }
    return largest / scale;
  }
}
