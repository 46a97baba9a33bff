package io.norma.kernel.layer;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Whether x is infinite.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, BOOL, the same shape. Source: ONNX {@code
 * IsInf}.
 *
 * @param positive whether +∞ counts
 * @param negative whether −∞ counts
 */
public record IsInfinite(boolean positive, boolean negative) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    if (!x.dataType().isFloatingPoint()) {
      throw new IllegalArgumentException("expected a tensor of FP32 or FP64, got " + x);
    }
    Tensor y = memory.allocate(DataType.BOOL, x.shape());
    for (int i = 0; i < x.size(); i++) {
      double value = x.getDouble(i);
      boolean holds =
          (positive && value == Double.POSITIVE_INFINITY)
              || (negative && value == Double.NEGATIVE_INFINITY);
      y.setLong(i, holds ? 1 : 0);
    }
    return List.of(y);
  }
}
