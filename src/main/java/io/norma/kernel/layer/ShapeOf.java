package io.norma.kernel.layer;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The extents of a tensor from axis {@code start} to before axis {@code end}.
 *
 * <p>Input: x, any type and shape. Output: y, INT64, rank 1. Source: ONNX {@code Shape}.
 *
 * @param start negative ones count from the end; what lies outside is cut to the rank
 * @param end {@code null} for the rank
 */
public record ShapeOf(int start, @Nullable Integer end) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Shape shape = inputs.get(0).shape();
    int from = clamp(start, shape.rank());
    int to = end == null ? shape.rank() : clamp(end, shape.rank());
    Tensor y = memory.allocate(DataType.INT64, Shape.of(Math.max(to - from, 0)));
    for (int i = 0; i < y.size(); i++) {
      y.setLong(i, shape.dimension(from + i));
    }
    return List.of(y);
  }

  private static int clamp(int axis, int rank) {
    return Math.clamp(axis < 0 ? axis + rank : axis, 0, rank);
  }
}
