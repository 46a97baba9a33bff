package io.norma.kernel.layer;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Another data type. Real numbers are truncated towards 0 to become whole; whole ones keep the low
 * bits that fit, and become the nearest real number, of two as near the even one; BOOL is whether a
 * number is not 0.
 *
 * <p>Input: x, any type and shape. Output: y, the same shape; x itself if it has the type already.
 * Source: ONNX {@code Cast}.
 */
public record Cast(DataType to) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(cast(inputs.get(0), to, memory));
  }

  static Tensor cast(Tensor x, DataType to, Memory memory) {
    if (x.dataType() == to) {
      return x;
    }
    Tensor y = memory.allocate(to, x.shape());
    for (int i = 0; i < x.size(); i++) {
      if (to == DataType.BOOL) {
        y.setLong(i, x.getDouble(i) != 0 ? 1 : 0);
      } else if (to.isFloatingPoint()) {
        setReal(x, i, y);
      } else {
        y.setLong(i, whole(x, i, to));
      }
    }
    return y;
  }

  private static void setReal(Tensor x, int i, Tensor y) {
    if (x.dataType() == DataType.UINT64) {
      setUnsigned(x.getLong(i), y, i);
    } else if (x.dataType().isInteger()) {
      y.setLong(i, x.getLong(i));
    } else {
      y.setDouble(i, x.getDouble(i));
    }
  }

  /** Numbers of more than 63 bits are halved first, the lost bit kept so that no tie arises. */
  private static void setUnsigned(long value, Tensor y, int i) {
    if (value >= 0) {
      y.setLong(i, value);
    } else {
      y.setLong(i, (value >>> 1) | (value & 1));
      // Exact: a power of two.
      y.setDouble(i, 2 * y.getDouble(i));
    }
  }

  private static long whole(Tensor x, int i, DataType to) {
    double value = x.dataType().isFloatingPoint() ? x.getDouble(i) : 0;
    boolean beyondLong = to == DataType.UINT64 && value >= 0x1p63;
    return beyondLong ? (long) (value - 0x1p63) ^ Long.MIN_VALUE : x.getLong(i);
  }
}
