package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.StridedCopy;
import io.norma.kernel.layer.support.Axes;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes every so many elements from one position to before another along some axes. As in Python,
 * negative positions count from the end, and what lies outside is cut off.
 *
 * <p>Inputs: x, any type and shape; unless they are given here: starts, ends, and optionally axes
 * and steps, INT32 or INT64. Output: y, the type of x. Source: ONNX {@code Slice}.
 *
 * @param starts {@code null} to take starts, ends, axes and steps from the inputs
 * @param ends as many as starts
 * @param axes {@code null} for the first ones
 */
public record Slice(int @Nullable [] starts, int @Nullable [] ends, int @Nullable [] axes)
    implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Shape shape = x.shape();
    int[] from = starts == null ? Axes.integers(inputs.get(1), "starts") : starts;
    int[] to = ends == null ? Axes.integers(inputs.get(2), "ends") : ends;
    int[] along = Axes.read(axes, starts == null ? inputs.optional(3) : null);
    int[] steps = starts == null && inputs.has(4) ? Axes.integers(inputs.get(4), "steps") : null;
    int count = from.length;
    if (to.length != count
        || (along == null ? count > shape.rank() : along.length != count)
        || (steps != null && steps.length != count)) {
      throw new IllegalArgumentException(
          "starts, ends, axes and steps must have one length, and fit " + x);
    }
    if (along != null) {
      Axes.chosen(along, shape);
    }
    int[] strides = shape.strides();
    int[] dimensions = shape.dimensions();
    int first = 0;
    for (int i = 0; i < count; i++) {
      int axis = along == null ? i : shape.axis(along[i]);
      int step = steps == null ? 1 : steps[i];
      if (step == 0) {
        throw new IllegalArgumentException("step of axis " + axis + " must not be 0");
      }
      int extent = shape.dimension(axis);
      int start = clamp(from[i], extent, step > 0 ? 0 : -1);
      int end = clamp(to[i], extent, step > 0 ? 0 : -1);
      long length =
          step > 0
              ? ((long) end - start + step - 1) / step
              : ((long) start - end - step - 1) / -(long) step;
      dimensions[axis] = (int) Math.max(length, 0);
      first += dimensions[axis] == 0 ? 0 : start * strides[axis];
      // A single element needs no step, and a huge one would overflow.
      strides[axis] *= dimensions[axis] > 1 ? step : 1;
    }
    Tensor y = memory.allocate(x.dataType(), Shape.of(dimensions));
    StridedCopy.copy(x, first, strides, y, 0, y.shape().strides(), dimensions);
    return List.of(y);
  }

  /** Backwards, the last position is one less at both ends: extent − 1 and −1. */
  private static int clamp(int position, int extent, int shift) {
    int fromFront = position < 0 ? position + extent : position;
    return Math.clamp(fromFront, shift, extent + shift);
  }
}
