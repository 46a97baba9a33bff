package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Position of the largest or smallest element along an axis: {@code y = argmax x} or {@code argmin
 * x}; the position of a NaN if there is one.
 *
 * <p>Input: x, numbers, rank 1 or more. Output: y, INT64; the shape of x with 1 for the axis, or
 * without it. Source: ONNX {@code ArgMax}, {@code ArgMin}.
 *
 * @param largest whether the largest is looked for, and not the smallest
 * @param keepAxis whether the axis stays, with extent 1
 * @param last whether the last of several equal elements is taken, and not the first
 */
public record ArgExtreme(boolean largest, int axis, boolean keepAxis, boolean last)
    implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    int at = x.shape().axis(axis);
    int extent = x.shape().dimension(at);
    int inner = x.shape().size(at + 1, x.shape().rank());
    int outer = x.shape().size(0, at);
    if (extent == 0 && outer * inner > 0) {
      throw new IllegalArgumentException("axis " + axis + " of " + x + " is empty");
    }
    Tensor y = memory.allocate(DataType.INT64, shape(x.shape(), at));
    for (int o = 0; o < outer; o++) {
      for (int i = 0; i < inner; i++) {
        int start = o * extent * inner + i;
        int best = 0;
        for (int k = 1; k < extent; k++) {
          if (isBetter(x, start + k * inner, start + best * inner)) {
            best = k;
          }
        }
        y.setLong(o * inner + i, best);
      }
    }
    return List.of(y);
  }

  private boolean isBetter(Tensor x, int candidate, int best) {
    if (x.dataType().isFloatingPoint()) {
      double a = x.getDouble(candidate);
      double b = x.getDouble(best);
      if (Double.isNaN(a) || Double.isNaN(b)) {
        return Double.isNaN(a) && (last || !Double.isNaN(b));
      }
      return a == b ? last : a > b == largest;
    }
    int order = Elementwise.compare(x, candidate, x, best);
    return order == 0 ? last : order > 0 == largest;
  }

  private Shape shape(Shape shape, int at) {
    if (keepAxis) {
      return shape.with(at, 1);
    }
    int[] dimensions = new int[shape.rank() - 1];
    for (int i = 0; i < dimensions.length; i++) {
      dimensions[i] = shape.dimension(i < at ? i : i + 1);
    }
    return Shape.of(dimensions);
  }
}
