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
import java.util.Arrays;
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

  /**
   * ONNX Runtime resizes images in float32 coordinates, up to 9e-5 from what float64 gives; a mask
   * of random weights makes that 4e-3, where its box moves by a hundredth of a pixel.
   */
  private static final double MASK_TOLERANCE = 1e-2;

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

  /**
   * How far answers were apart at most.
   *
   * @param boxes relative to the largest coordinate
   * @param scores absolute
   * @param others relative to the largest value
   * @param moved detections that stand at another place of the list
   * @param pastedApart detections whose masks are pasted into boxes of other whole pixels: their
   *     boxes are as near as others', but lie on both sides of a pixel's border
   */
  private record Distance(
      double boxes, double scores, double others, int detections, int moved, int pastedApart) {
    static final Distance NONE = new Distance(0, 0, 0, 0, 0, 0);

    Distance and(Distance other) {
      return new Distance(
          Math.max(boxes, other.boxes),
          Math.max(scores, other.scores),
          Math.max(others, other.others),
          detections + other.detections,
          moved + other.moved,
          pastedApart + other.pastedApart);
    }
  }

  @ParameterizedTest
  @MethodSource("detectors")
  void answersAsOnnxRuntimeDoes(String name) throws IOException {
    Path root = folder();
    assumeTrue(root != null, "skipped: -Dtest.detectors does not say where detectors are");
    Path folder = Objects.requireNonNull(root).resolve(name);
    ImportResult read = OnnxImporter.read(Files.readAllBytes(folder.resolve("model.onnx")), name);
    ExecutionPlan plan = ExecutionPlan.compile(read.network());
    Normalization frozen = new Normalization.Frozen(plan.bind(read.network().runningStatistics()));
    Workspace workspace = new Workspace();
    List<Example> examples = examples(folder);
    List<List<Tensor>> first = new ArrayList<>();
    Distance largest = Distance.NONE;
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
        "%-40s %d images, %d detections, %d moved, %d pasted apart, boxes %.1e, scores %.1e, others"
            + " %.1e%n",
        name,
        examples.size(),
        largest.detections,
        largest.moved,
        largest.pastedApart,
        largest.boxes,
        largest.scores,
        largest.others);
    assertThat(largest.boxes).as("boxes").isLessThanOrEqualTo(TOLERANCE);
    assertThat(largest.scores).as("scores").isLessThanOrEqualTo(TOLERANCE);
    assertThat(largest.others)
        .as("other values")
        .isLessThanOrEqualTo(name.startsWith("mask") ? MASK_TOLERANCE : TOLERANCE);
    assertThat(largest.pastedApart).isLessThanOrEqualTo(largest.detections / 50);
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

  private static Distance distance(List<Tensor> expected, List<Tensor> actual) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.get(i).shape()).as("output %d", i).isEqualTo(expected.get(i).shape());
      assertThat(actual.get(i).dataType()).isEqualTo(expected.get(i).dataType());
    }
    if (expected.size() < 3) {
      double others = largest(expected.getFirst(), actual.getFirst());
      return new Distance(0, 0, others, 0, 0, 0);
    }
    int count = expected.getFirst().shape().dimension(0);
    Distance largest = new Distance(0, 0, 0, count, 0, 0);
    boolean[] taken = new boolean[count];
    for (int e = 0; e < count; e++) {
      Distance nearest = null;
      int at = -1;
      for (int a = 0; a < count; a++) {
        Distance distance = taken[a] ? null : distance(expected, e, actual, a);
        if (distance != null && (nearest == null || distance.boxes < nearest.boxes)) {
          nearest = distance;
          at = a;
        }
      }
      assertThat(nearest).as("detection %d of label and score of %s", e, expected).isNotNull();
      taken[at] = true;
      largest = largest.and(Objects.requireNonNull(nearest));
    }
    return largest;
  }

  /**
   * How far two detections are apart; {@code null} if their labels or their scores differ. Of
   * scores that are nearly the same, either may come first.
   */
  private static @Nullable Distance distance(
      List<Tensor> expected, int e, List<Tensor> actual, int a) {
    Distance distance = new Distance(0, 0, 0, 0, e == a ? 0 : 1, 0);
    for (int i = 0; i < expected.size(); i++) {
      Tensor left = expected.get(i).rows(e, e + 1);
      Tensor right = actual.get(i).rows(a, a + 1);
      if (left.dataType() == DataType.INT64) {
        if (left.getLong(0) != right.getLong(0)) {
          return null;
        }
      } else if (left.shape().rank() == 1) {
        double apart = Math.abs(left.getDouble(0) - right.getDouble(0));
        if (apart > TOLERANCE) {
          return null;
        }
        distance = distance.and(new Distance(0, apart, 0, 0, 0, 0));
      } else if (left.shape().rank() == 2) {
        double scale = largest(expected.get(i));
        distance = distance.and(new Distance(apart(left, right) / scale, 0, 0, 0, 0, 0));
      } else if (arePastedAlike(expected.getFirst(), e, actual.getFirst(), a)) {
        distance = distance.and(new Distance(0, 0, apart(left, right), 0, 0, 0));
      } else {
        distance = distance.and(new Distance(0, 0, 0, 0, 0, 1));
      }
    }
    return distance;
  }

  /**
   * Whether torchvision pastes the masks of two boxes into the same pixels: about their centers it
   * makes boxes larger by 2 of a mask's 28 pixels, and cuts off what is behind the decimal point.
   */
  private static boolean arePastedAlike(Tensor expected, int e, Tensor actual, int a) {
    for (int axis = 0; axis < 2; axis++) {
      for (int side : new int[] {-1, 1}) {
        if (pasted(expected, e, axis, side) != pasted(actual, a, axis, side)) {
          return false;
        }
      }
    }
    return true;
  }

  private static long pasted(Tensor boxes, int box, int axis, int side) {
    double low = boxes.getDouble(4 * box + axis);
    double high = boxes.getDouble(4 * box + 2 + axis);
    return (long) ((low + high) / 2 + side * (high - low) / 2 * 30 / 28);
  }

  private static double largest(Tensor expected, Tensor actual) {
    return apart(expected, actual) / largest(expected);
  }

  private static double largest(Tensor tensor) {
    return Arrays.stream(tensor.toDoubleArray()).map(Math::abs).max().orElse(1);
  }

  private static double apart(Tensor expected, Tensor actual) {
    double largest = 0;
    for (int i = 0; i < expected.size(); i++) {
      largest = Math.max(largest, Math.abs(expected.getDouble(i) - actual.getDouble(i)));
    }
    return largest;
  }
}
