package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.StridedCopy;
import io.norma.kernel.layer.support.Axes;
import io.norma.kernel.layer.support.PadMode;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts elements before and after a tensor along each axis, or takes some away where a pad is
 * negative.
 *
 * <p>Inputs: x, any type and shape; unless they are given here: pads, INT64, all those before and
 * then all those after; optionally the constant, one element of the type of x; optionally axes,
 * INT32 or INT64, that the pads are for. Output: y, the type of x. Source: ONNX {@code Pad}.
 *
 * @param pads {@code null} to take pads, constant and axes from the inputs
 * @param value the constant, if the pads are given here
 */
public record Pad(PadMode mode, int @Nullable [] pads, float value) implements Layer {
  /** Pads come as inputs. */
  public Pad(PadMode mode) {
    this(mode, null, 0);
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    int rank = x.shape().rank();
    int[] given = pads == null ? Axes.integers(inputs.get(1), "pads") : pads;
    int[] axes = Axes.read(null, pads == null ? inputs.optional(3) : null);
    int count = axes == null ? rank : axes.length;
    if (given.length != 2 * count) {
      throw new IllegalArgumentException(
          "expected %d pads for %d axes of %s, got %d"
              .formatted(2 * count, count, x, given.length));
    }
    if (axes != null) {
      Axes.chosen(axes, x.shape());
    }
    int[] before = new int[rank];
    long[] dimensions = x.shape().toLongs();
    for (int i = 0; i < count; i++) {
      int axis = axes == null ? i : x.shape().axis(axes[i]);
      before[axis] = given[i];
      dimensions[axis] += (long) given[i] + given[count + i];
    }
    Tensor y = memory.allocate(x.dataType(), Shape.ofLongs(dimensions));
    if (mode == PadMode.CONSTANT) {
      fill(y, pads == null ? inputs.optional(2) : null);
      copyInside(x, y, before);
    } else {
      copyExtended(x, y, before);
    }
    return List.of(y);
  }

  private void fill(Tensor y, @Nullable Tensor constant) {
    if (constant == null) {
      for (int i = 0; i < y.size(); i++) {
        y.setDouble(i, value);
      }
    } else if (constant.dataType() != y.dataType() || constant.size() != 1) {
      throw new IllegalArgumentException(
          "the constant must be one " + y.dataType() + ", is " + constant);
    } else {
      StridedCopy.copy(constant, 0, new int[1], y, 0, new int[] {1}, new int[] {y.size()});
    }
  }

  private static void copyInside(Tensor x, Tensor y, int[] before) {
    int rank = before.length;
    int[] from = x.shape().strides();
    int[] to = y.shape().strides();
    int[] extents = new int[rank];
    int fromStart = 0;
    int toStart = 0;
    for (int axis = 0; axis < rank; axis++) {
      int first = Math.max(-before[axis], 0);
      int last = Math.min(x.shape().dimension(axis), y.shape().dimension(axis) - before[axis]);
      if (last <= first) {
        return;
      }
      extents[axis] = last - first;
      fromStart += first * from[axis];
      toStart += (first + before[axis]) * to[axis];
    }
    StridedCopy.copy(x, fromStart, from, y, toStart, to, extents);
  }

  private void copyExtended(Tensor x, Tensor y, int[] before) {
    if (x.size() == 0 && y.size() > 0) {
      throw new IllegalArgumentException("mode " + mode + " has nothing to repeat in " + x);
    }
    int rank = before.length;
    int[][] sources = new int[rank][];
    int[] strides = x.shape().strides();
    for (int axis = 0; axis < rank; axis++) {
      sources[axis] = new int[y.shape().dimension(axis)];
      for (int i = 0; i < sources[axis].length; i++) {
        sources[axis][i] = mode.source(i - before[axis], x.shape().dimension(axis)) * strides[axis];
      }
    }
    int[] steps = y.shape().strides();
    for (int i = 0; i < y.size(); i++) {
      int source = x.offset();
      for (int axis = 0; axis < rank; axis++) {
        source += sources[axis][i / steps[axis] % sources[axis].length];
      }
      System.arraycopy(x.array(), source, y.array(), y.offset() + i, 1);
    }
  }
}
