package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Quantization;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Linear quantization to UINT8 by the range that the numbers have, 0 included: {@code scale = (max
 * − min) / 255}, or 1/255 where that is 0; {@code zero point = saturate(round(−min / scale))};
 * {@code y = saturate(round(x / scale) + zero point)}, halves rounded to the even number.
 *
 * <p>Input: x, FP32, any shape. Outputs: y, UINT8, the shape of x; scale, FP32, a scalar; zero
 * point, UINT8, a scalar. Source: ONNX {@code DynamicQuantizeLinear}.
 */
public record DynamicQuantizeLinear() implements Layer {
  private static final float STEPS = 255;

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    float[] values = x.floats();
    float least = 0;
    float greatest = 0;
    for (int i = x.offset(); i < x.offset() + x.size(); i++) {
      least = Math.min(least, values[i]);
      greatest = Math.max(greatest, values[i]);
    }
    float scale = (greatest == least ? 1 : greatest - least) / STEPS;
    long zero = Quantization.saturated(-least / scale, 0, DataType.UINT8);
    Tensor y = memory.allocate(DataType.UINT8, x.shape());
    for (int i = 0; i < x.size(); i++) {
      y.setLong(i, Quantization.saturated(values[x.offset() + i] / scale, zero, DataType.UINT8));
    }
    Tensor scales = memory.allocate(DataType.FP32, Shape.of());
    scales.setDouble(0, scale);
    Tensor zeroPoint = memory.allocate(DataType.UINT8, Shape.of());
    zeroPoint.setLong(0, zero);
    return List.of(y, scales, zeroPoint);
  }
}
