package io.norma.kernel.layer;

import static io.norma.kernel.layer.LayerAssert.assertThatLayer;
import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class NonMaxSuppressionTest {
  private static final int ROWS = 2;
  private static final int CLASSES = 3;
  private static final int BOXES = 60;

  private static final Tensor MOST = Tensor.of(Shape.of(1), 7L);
  private static final Tensor OVERLAP = Tensor.of(Shape.of(1), 0.3f);
  private static final Tensor THRESHOLD = Tensor.of(Shape.of(1), 0.2f);

  private static Tensor uniform(long seed, int... shape) {
    Tensor tensor = Tensor.zeros(DataType.FP32, Shape.of(shape));
    Random random = new Random(seed);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.floats()[i] = random.nextFloat();
    }
    return tensor;
  }

  /** By the definition in float64: the best box that is left, as long as there is one. */
  private static List<Long> expected(Tensor boxes, Tensor scores, boolean centers) {
    List<Long> taken = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      for (int c = 0; c < CLASSES; c++) {
        List<Integer> ofClass = new ArrayList<>();
        int start = (row * CLASSES + c) * BOXES;
        while (ofClass.size() < MOST.getLong(0)) {
          int best = -1;
          for (int b = 0; b < BOXES; b++) {
            double score = scores.getDouble(start + b);
            boolean better = best < 0 || score > scores.getDouble(start + best);
            if (score > THRESHOLD.getDouble(0)
                && better
                && isFree(boxes, row, ofClass, b, centers)) {
              best = b;
            }
          }
          if (best < 0) {
            break;
          }
          ofClass.add(best);
          taken.addAll(List.of((long) row, (long) c, (long) best));
        }
      }
    }
    return taken;
  }

  private static boolean isFree(
      Tensor boxes, int row, List<Integer> taken, int box, boolean centers) {
    return !taken.contains(box)
        && taken.stream()
            .noneMatch(other ->
                overlap(box(boxes, row, other, centers), box(boxes, row, box, centers))
                    > OVERLAP.getDouble(0));
  }

  /** Low and high along both axes. */
  private static double[] box(Tensor boxes, int row, int box, boolean centers) {
    double[] sides = new double[4];
    for (int axis = 0; axis < 2; axis++) {
      double first = boxes.getDouble((row * BOXES + box) * 4 + axis);
      double second = boxes.getDouble((row * BOXES + box) * 4 + 2 + axis);
      sides[2 * axis] = centers ? first - second / 2 : Math.min(first, second);
      sides[2 * axis + 1] = centers ? first + second / 2 : Math.max(first, second);
    }
    return sides;
  }

  private static double overlap(double[] a, double[] b) {
    double both = 1;
    double areaA = 1;
    double areaB = 1;
    for (int axis = 0; axis < 4; axis += 2) {
      both *= Math.max(0, Math.min(a[axis + 1], b[axis + 1]) - Math.max(a[axis], b[axis]));
      areaA *= a[axis + 1] - a[axis];
      areaB *= b[axis + 1] - b[axis];
    }
    return both / (areaA + areaB - both);
  }

  @Test
  void takesTheBestBoxesThatDoNotOverlap() {
    Tensor boxes = uniform(1, ROWS, BOXES, 4);
    Tensor scores = uniform(2, ROWS, CLASSES, BOXES);
    for (boolean centers : new boolean[] {false, true}) {
      Tensor taken =
          assertThatLayer(new NonMaxSuppression(centers), boxes, scores, MOST, OVERLAP, THRESHOLD)
              .output();
      List<Long> expected = expected(boxes, scores, centers);
      assertThat(taken.shape()).isEqualTo(Shape.of(expected.size() / 3, 3));
      assertThat(taken.toLongArray())
          .containsExactly(expected.stream().mapToLong(Long::longValue).toArray());
    }
  }

  @Test
  void takesNoneUnlessANumberIsGiven() {
    assertThatLayer(new NonMaxSuppression(false), uniform(1, 1, 5, 4), uniform(2, 1, 1, 5))
        .gives(Tensor.zeros(DataType.INT64, Shape.of(0, 3)));
  }

  @Test
  void keepsABoxOfNoArea() {
    Tensor points = Tensor.of(Shape.of(1, 2, 4), 1f, 1, 1, 1, 1, 1, 1, 1);
    assertThatLayer(
            new NonMaxSuppression(false), points, Tensor.of(Shape.of(1, 1, 2), 0.5f, 0.9f), MOST)
        .gives(Tensor.of(Shape.of(2, 3), 0L, 0, 1, 0, 0, 0));
  }

  @Test
  void refusesScoresThatDoNotFit() {
    assertThatLayer(new NonMaxSuppression(false), uniform(1, 1, 5, 4), uniform(2, 1, 1, 6))
        .refuses("FP32[1,5,4]", "FP32[1,1,6]", "scores FP32[N,C,B]");
  }

  @Test
  void refusesAPartBeyondOne() {
    assertThatLayer(
            new NonMaxSuppression(false),
            uniform(1, 1, 5, 4),
            uniform(2, 1, 1, 5),
            MOST,
            Tensor.of(Shape.of(1), 1.5f))
        .refuses("from 0 to 1", "1.5");
  }
}
