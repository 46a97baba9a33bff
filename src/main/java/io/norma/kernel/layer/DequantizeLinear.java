package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Quantization;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * What quantized numbers stand for: {@code y = (x − zero point) · scale}.
 *
 * <p>Inputs: x, INT8, UINT8, INT16, UINT16 or INT32, any shape; scale, FP32: one element, one for
 * each position along the axis, or one for each block along it; zero point, optional: the type of
 * x, the scale's shape. Output: y, FP32, the shape of x. Source: ONNX {@code DequantizeLinear}.
 *
 * @param blockSize positions along the axis that share a scale, or 0 if there are no blocks
 */
public record DequantizeLinear(int axis, int blockSize) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor scale = inputs.get(1);
    Tensor zeroPoint = inputs.optional(2);
    Quantization.requireType(
        x, DataType.INT8, DataType.UINT8, DataType.INT16, DataType.UINT16, DataType.INT32);
    if (zeroPoint != null && zeroPoint.dataType() != x.dataType()) {
      throw new IllegalArgumentException(
          "expected a zero point of %s, got %s".formatted(x.dataType(), zeroPoint));
    }
    Quantization grid = Quantization.of(x, scale, zeroPoint, axis, blockSize);
    Tensor y = memory.allocate(DataType.FP32, x.shape());
    float[] target = y.floats();
    int start = y.offset();
    grid.forEachRun(
        x.size(),
        (from, to, at) -> {
          float factor = (float) scale.getDouble(at);
          long zero = zeroPoint == null ? 0 : zeroPoint.getLong(at);
          for (int i = from; i < to; i++) {
            target[start + i] = (x.getLong(i) - zero) * factor;
          }
        });
    return List.of(y);
  }
}
