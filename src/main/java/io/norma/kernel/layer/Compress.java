package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the slices along an axis for which a condition holds.
 *
 * <p>Inputs: x, any type, rank 1 or more; condition, BOOL, rank 1, no longer than the axis. Output:
 * y, the type of x. Source: ONNX {@code Compress}.
 *
 * @param axis {@code null} to take x as one row of elements
 */
public record Compress(@Nullable Integer axis) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor given = inputs.get(0);
    Tensor x = axis == null ? given.reshape(Shape.of(given.size())) : given;
    Tensor condition = Not.requireBool(inputs.get(1));
    int at = axis == null ? 0 : x.shape().axis(axis);
    int extent = x.shape().dimension(at);
    if (condition.size() > extent) {
      throw new IllegalArgumentException(
          "condition %s is longer than axis %d of %s".formatted(condition, at, x));
    }
    int count = 0;
    for (int i = 0; i < condition.size(); i++) {
      count += condition.getLong(i) != 0 ? 1 : 0;
    }
    Tensor y = memory.allocate(x.dataType(), x.shape().with(at, count));
    int inner = x.shape().size(at + 1, x.shape().rank());
    int outer = x.shape().size(0, at);
    int to = y.offset();
    for (int o = 0; o < outer; o++) {
      for (int i = 0; i < condition.size(); i++) {
        if (condition.getLong(i) != 0) {
          int from = x.offset() + (o * extent + i) * inner;
          System.arraycopy(x.array(), from, y.array(), to, inner);
          to += inner;
        }
      }
    }
    return List.of(y);
  }
}
