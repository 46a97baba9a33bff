package io.norma.kernel.layer.support;

import io.norma.kernel.tensor.Shape;

/**
 * Where the elements of a {@code Reduction} lie: result i takes {@code outer[i] + inner[k] +
 * j·stride} for all k and {@code 0 ≤ j < length}.
 */
public record ReductionPlan(int[] outer, int[] inner, int stride, int length) {
  public static ReductionPlan of(Shape shape, boolean[] reduced) {
    int run = shape.rank();
    while (run > 0 && !reduced[run - 1]) {
      run--;
    }
    int stride = shape.size(run, shape.rank());
    int length = 1;
    boolean[] rest = reduced.clone();
    while (run > 0 && reduced[run - 1]) {
      run--;
      length *= shape.dimension(run);
      rest[run] = false;
    }
    boolean[] kept = new boolean[rest.length];
    for (int axis = 0; axis < kept.length; axis++) {
      kept[axis] = !reduced[axis];
    }
    return new ReductionPlan(starts(shape, kept), starts(shape, rest), stride, length);
  }

  /** Indices of the elements that are at 0 along all axes but the chosen ones. */
  private static int[] starts(Shape shape, boolean[] chosen) {
    int[] strides = shape.strides();
    int count = 1;
    for (int axis = 0; axis < chosen.length; axis++) {
      count *= chosen[axis] ? shape.dimension(axis) : 1;
    }
    int[] starts = new int[count];
    int repeat = 1;
    for (int axis = chosen.length - 1; axis >= 0; axis--) {
      if (!chosen[axis]) {
        continue;
      }
      int extent = shape.dimension(axis);
      for (int i = 0; i < count; i++) {
        starts[i] += i / repeat % extent * strides[axis];
      }
      repeat *= extent;
    }
    return starts;
  }
}
