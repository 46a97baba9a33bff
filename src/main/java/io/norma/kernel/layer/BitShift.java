package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Broadcast;
import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Shift of bits, broadcasting: {@code y = x · 2ⁿ} to the left, {@code y = ⌊x / 2ⁿ⌋} to the right.
 * Bits shifted past the end are lost; a negative n, or one of the type's width or more, shifts all
 * of them out.
 *
 * <p>Inputs: x and n, whole numbers of one type, shapes that broadcast. Output: y, the same type,
 * the broadcast shape. Source: ONNX {@code BitShift}.
 */
public record BitShift(boolean left) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor n = inputs.get(1);
    Elementwise.requireSameType(x, n);
    if (!x.dataType().isInteger()) {
      throw new IllegalArgumentException("expected tensors of whole numbers, got " + x);
    }
    int width = x.dataType().bytes() * 8;
    Broadcast broadcast = Broadcast.of(x.shape(), n.shape());
    Tensor y = memory.allocate(x.dataType(), broadcast.shape());
    broadcast.forEachRun((to, indices, strides, length) -> {
      for (int i = 0; i < length; i++) {
        long value = x.getLong(indices[0] + i * strides[0]);
        long count = n.getLong(indices[1] + i * strides[1]);
        y.setLong(to + i, shift(value, count, width, x.dataType().isUnsigned()));
      }
    });
    return List.of(y);
  }

  private long shift(long value, long count, int width, boolean unsigned) {
    boolean all = count < 0 || count >= width;
    if (left) {
      return all ? 0 : value << count;
    }
    if (unsigned) {
      return all ? 0 : value >>> count;
    }
    return value >> (all ? 63 : count);
  }

  /**
   * The layer by the name of its direction.
   *
   * @throws IllegalArgumentException if the name is neither {@code LEFT} nor {@code RIGHT}
   */
  public static BitShift of(String direction) {
    return switch (direction) {
      case "LEFT" -> new BitShift(true);
      case "RIGHT" -> new BitShift(false);
      default ->
          throw new IllegalArgumentException(
              "direction must be 'LEFT' or 'RIGHT', is '" + direction + "'");
    };
  }
}
