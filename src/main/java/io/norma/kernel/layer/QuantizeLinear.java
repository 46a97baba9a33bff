package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Quantization;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Linear quantization: {@code y = saturate(round(x / scale) + zero point)}, halves rounded to the
 * even number.
 *
 * <p>Inputs: x, FP32 or INT32, any shape; scale, FP32: one element, one for each position along the
 * axis, or one for each block along it; zero point, optional: INT8, UINT8, INT16 or UINT16, the
 * scale's shape. Output: y, the zero point's type, the shape of x. Source: ONNX {@code
 * QuantizeLinear}.
 *
 * @param blockSize positions along the axis that share a scale, or 0 if there are no blocks
 * @param to the type of y where no zero point tells; {@code null} for UINT8
 */
public record QuantizeLinear(int axis, int blockSize, @Nullable DataType to) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor scale = inputs.get(1);
    Tensor zeroPoint = inputs.optional(2);
    Quantization.requireType(x, DataType.FP32, DataType.INT32);
    Quantization grid = Quantization.of(x, scale, zeroPoint, axis, blockSize);
    DataType type = type(zeroPoint);
    Tensor y = memory.allocate(type, x.shape());
    if (zeroPoint != null) {
      requireZeroType(zeroPoint);
    }
    grid.forEachRun(
        x.size(),
        (from, to, at) -> {
          float divisor = (float) scale.getDouble(at);
          long zero = zeroPoint == null ? 0 : zeroPoint.getLong(at);
          for (int i = from; i < to; i++) {
            y.setLong(i, Quantization.saturated((float) x.getDouble(i) / divisor, zero, type));
          }
        });
    return List.of(y);
  }

  private DataType type(@Nullable Tensor zeroPoint) {
    DataType declared = to == null ? DataType.UINT8 : to;
    if (zeroPoint == null) {
      return declared;
    }
    if (to != null && to != zeroPoint.dataType()) {
      throw new IllegalArgumentException(
          "output_dtype is %s, but the zero point is %s".formatted(to, zeroPoint));
    }
    return zeroPoint.dataType();
  }

  private static void requireZeroType(Tensor zeroPoint) {
    Quantization.requireType(
        zeroPoint, DataType.INT8, DataType.UINT8, DataType.INT16, DataType.UINT16);
  }
}
