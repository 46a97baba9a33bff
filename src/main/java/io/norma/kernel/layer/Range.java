package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Numbers at equal distances: {@code yᵢ = start + i·delta} for {@code 0 ≤ i < max(⌈(limit −
 * start)/delta⌉, 0)}.
 *
 * <p>Inputs: start, limit and delta, one number each, of one type. Output: y, the same type, rank
 * 1. Source: ONNX {@code Range}.
 */
public record Range() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor start = inputs.get(0);
    Tensor limit = inputs.get(1);
    Tensor delta = inputs.get(2);
    DataType type = Elementwise.requireSameType(start, limit, delta);
    if (start.size() != 1 || limit.size() != 1 || delta.size() != 1 || delta.getDouble(0) == 0) {
      throw new IllegalArgumentException(
          "expected one start, limit and delta other than 0, got %s, %s, %s"
              .formatted(start, limit, delta));
    }
    if (type.isFloatingPoint()) {
      double first = start.getDouble(0);
      double step = delta.getDouble(0);
      double count = Math.max(Math.ceil((limit.getDouble(0) - first) / step), 0);
      Tensor y = memory.allocate(type, Shape.ofLongs((long) count));
      for (int i = 0; i < y.size(); i++) {
        y.setDouble(i, first + i * step);
      }
      return List.of(y);
    }
    long first = start.getLong(0);
    long step = delta.getLong(0);
    long count = Math.max(Math.ceilDiv(Math.subtractExact(limit.getLong(0), first), step), 0);
    Tensor y = memory.allocate(type, Shape.ofLongs(count));
    for (int i = 0; i < y.size(); i++) {
      y.setLong(i, first + i * step);
    }
    return List.of(y);
  }
}
