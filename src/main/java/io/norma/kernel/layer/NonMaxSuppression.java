package io.norma.kernel.layer;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.WorkLimit;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * For each row and class the boxes of the highest scores, without those that overlap with one that
 * was taken before: whose intersection is more than a part of the union. Of equal scores the first
 * comes first.
 *
 * <p>Inputs: boxes, FP32, (N, B, 4); scores, FP32, (N, C, B); optionally, one element each: the
 * most boxes of a class, INT64, 0 if absent; the part of the union, FP32, from 0 to 1, 0 if absent;
 * the score that a box must be above, FP32, none if absent. Output: INT64, (count, 3), the row, the
 * class and the box of each that was taken, by row, by class, and by falling score. Source: ONNX
 * {@code NonMaxSuppression}.
 *
 * @param centers whether a box is {@code (x, y, width, height)} about its center, and not two
 *     opposite corners {@code (y₁, x₁, y₂, x₂)}
 */
public record NonMaxSuppression(boolean centers) implements Layer {
  /** Boxed positions, and half of them copied while they are sorted. */
  private static final long SORTING_BYTES = 32;

  /** Products that other layers make in the time that it takes to hold two boxes together. */
  private static final long SLOW = 8;

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor boxes = inputs.get(0);
    Tensor scores = inputs.get(1);
    Tensor mostInput = inputs.optionalScalar(2);
    Tensor overlapInput = inputs.optionalScalar(3);
    Tensor thresholdInput = inputs.optionalScalar(4);
    requireFit(boxes, scores);
    int count = boxes.shape().dimension(1);
    int classes = scores.shape().dimension(1);
    long most = mostInput == null ? 0 : Math.clamp(mostInput.getLong(0), 0, count);
    float overlap = overlapInput == null ? 0 : (float) overlapInput.getDouble(0);
    if (!(overlap >= 0 && overlap <= 1)) {
      throw new IllegalArgumentException(
          "the part of the union must be from 0 to 1, but is " + overlap);
    }
    Float threshold = thresholdInput == null ? null : (Float) (float) thresholdInput.getDouble(0);
    memory.work(WorkLimit.product(SLOW, boxes.shape().dimension(0), classes, count, most));
    memory.reserve((SORTING_BYTES + Float.BYTES * 5L) * count);
    Taken taken = new Taken(memory);
    for (int row = 0; row < boxes.shape().dimension(0) && most > 0; row++) {
      float[] corners = corners(boxes, row, count);
      for (int c = 0; c < classes; c++) {
        take(corners, scores, row, c, (int) most, overlap, threshold, taken);
      }
    }
    return List.of(taken.toTensor(memory));
  }

  private static void requireFit(Tensor boxes, Tensor scores) {
    Shape box = boxes.shape();
    Shape score = scores.shape();
    boolean fits =
        box.rank() == 3
            && score.rank() == 3
            && box.dimension(2) == 4
            && box.dimension(0) == score.dimension(0)
            && box.dimension(1) == score.dimension(2);
    if (!fits || boxes.dataType() != DataType.FP32 || scores.dataType() != DataType.FP32) {
      throw new IllegalArgumentException(
          "expected boxes FP32[N,B,4] and scores FP32[N,C,B], got %s and %s"
              .formatted(boxes, scores));
    }
  }

  /** Of each box the smaller and the larger coordinate along each axis. */
  private float[] corners(Tensor boxes, int row, int count) {
    float[] from = boxes.floats();
    float[] corners = new float[4 * count];
    for (int b = 0; b < count; b++) {
      int at = boxes.offset() + (row * count + b) * 4;
      for (int axis = 0; axis < 2; axis++) {
        float first = from[at + axis];
        float second = from[at + 2 + axis];
        corners[4 * b + axis] = centers ? first - second / 2 : Math.min(first, second);
        corners[4 * b + 2 + axis] = centers ? first + second / 2 : Math.max(first, second);
      }
    }
    return corners;
  }

  private static void take(
      float[] corners,
      Tensor scores,
      int row,
      int ofClass,
      int most,
      float overlap,
      @Nullable Float threshold,
      Taken taken) {
    int count = corners.length / 4;
    int start = scores.offset() + (row * scores.shape().dimension(1) + ofClass) * count;
    float[] values = scores.floats();
    Integer[] order = new Integer[count];
    int candidates = 0;
    for (int b = 0; b < count; b++) {
      if (threshold == null || values[start + b] > threshold) {
        order[candidates++] = b;
      }
    }
    Arrays.sort(
        order, 0, candidates, (a, b) -> Float.compare(values[start + b], values[start + a]));
    int first = taken.count;
    for (int i = 0; i < candidates && taken.count - first < most; i++) {
      int box = order[i];
      boolean free = true;
      for (int t = first; t < taken.count && free; t++) {
        free = !overlap(corners, taken.box(t), box, overlap);
      }
      if (free) {
        taken.add(row, ofClass, box);
      }
    }
  }

  private static boolean overlap(float[] corners, int a, int b, float most) {
    float intersection = intersection(corners, a, b);
    float areaA = area(corners, a);
    float areaB = area(corners, b);
    float union = areaA + areaB - intersection;
    return intersection > 0 && areaA > 0 && areaB > 0 && union > 0 && intersection / union > most;
  }

  private static float area(float[] corners, int box) {
    return (corners[4 * box + 2] - corners[4 * box])
        * (corners[4 * box + 3] - corners[4 * box + 1]);
  }

  private static float intersection(float[] corners, int a, int b) {
    float area = 1;
    for (int axis = 0; axis < 2; axis++) {
      float low = Math.max(corners[4 * a + axis], corners[4 * b + axis]);
      float high = Math.min(corners[4 * a + 2 + axis], corners[4 * b + 2 + axis]);
      area *= Math.max(0, high - low);
    }
    return area;
  }

  /** What was taken so far: row, class and box of each. */
  private static final class Taken {
    private final Memory memory;
    private int[] triples = new int[0];
    private int count;

    private Taken(Memory memory) {
      this.memory = memory;
    }

    private int box(int index) {
      return triples[3 * index + 2];
    }

    private void add(int row, int ofClass, int box) {
      if (3 * count == triples.length) {
        int length = Math.multiplyExact(3, Math.max(16, Math.multiplyExact(2, count)));
        memory.reserve(4L * length);
        triples = Arrays.copyOf(triples, length);
      }
      triples[3 * count] = row;
      triples[3 * count + 1] = ofClass;
      triples[3 * count + 2] = box;
      count++;
    }

    private Tensor toTensor(Memory memory) {
      Tensor y = memory.allocate(DataType.INT64, Shape.of(count, 3));
      for (int i = 0; i < 3 * count; i++) {
        y.setLong(i, triples[i]);
      }
      return y;
    }
  }
}
