package io.norma.kernel.layer;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Real numbers of 16 bits, kept as FP32: {@code y} is the nearest number to x that the type has, of
 * two as near the even one; infinite beyond its range.
 *
 * <p>Input: x, any type and shape. Output: y, FP32, the same shape. Source: ONNX {@code Cast} to
 * FLOAT16 and BFLOAT16.
 *
 * @param to FP16 or BF16
 */
public record NarrowCast(ElementType to) implements Layer {
  /**
   * @throws IllegalArgumentException if the type has not 16 bits
   */
  public NarrowCast {
    if (!to.isNarrow()) {
      throw new IllegalArgumentException("expected FP16 or BF16, got " + to);
    }
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor y = memory.allocate(DataType.FP32, x.shape());
    if (x.dataType() == DataType.FP32) {
      round(x.floats(), x.offset(), y);
    } else {
      for (int i = 0; i < x.size(); i++) {
        y.setDouble(i, x.getDouble(i));
      }
      round(y.floats(), y.offset(), y);
    }
    return List.of(y);
  }

  private void round(float[] x, int from, Tensor y) {
    float[] rounded = y.floats();
    int start = y.offset();
    for (int i = 0; i < y.size(); i++) {
      rounded[start + i] = to.round(x[from + i]);
    }
  }
}
