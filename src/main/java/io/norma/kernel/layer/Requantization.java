package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Quantization;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Sums of products of quantized numbers as quantized numbers again: {@code y = saturate(round(sum ·
 * (left scale · right scale / y scale)) + zero point)}, computed in FP32, halves rounded to the
 * even number.
 */
final class Requantization {
  private Requantization() {}

  /**
   * Quantizes sums.
   *
   * @param sums whole numbers, FP32 or FP64
   * @param leftScale FP32, broadcasts to the sums, as the right operand's does
   * @param scale of y, FP32, one element
   * @param zeroPoint of y, INT8 or UINT8, one element
   */
  static List<Tensor> of(
      Tensor sums,
      Tensor leftScale,
      Tensor rightScale,
      Tensor scale,
      Tensor zeroPoint,
      Memory memory) {
    Quantization.requireType(zeroPoint, DataType.INT8, DataType.UINT8);
    requireOne(scale, "scale");
    requireOne(zeroPoint, "zero point");
    Tensor products = new Multiply().forward(Inputs.of(leftScale, rightScale), memory).getFirst();
    Tensor one = scale.reshape(Shape.of());
    Tensor factors = new Divide().forward(Inputs.of(products, one), memory).getFirst();
    Tensor single = Cast.cast(sums, DataType.FP32, memory);
    Tensor scaled = new Multiply().forward(Inputs.of(single, factors), memory).getFirst();
    if (!scaled.shape().equals(sums.shape())) {
      throw new IllegalArgumentException(
          "expected scales that broadcast to %s, got %s and %s"
              .formatted(sums.shape(), leftScale.shape(), rightScale.shape()));
    }
    Tensor y = memory.allocate(zeroPoint.dataType(), sums.shape());
    long zero = zeroPoint.getLong(0);
    float[] values = scaled.floats();
    for (int i = 0; i < y.size(); i++) {
      y.setLong(i, Quantization.saturated(values[scaled.offset() + i], zero, zeroPoint.dataType()));
    }
    return List.of(y);
  }

  private static void requireOne(Tensor tensor, String what) {
    if (tensor.size() != 1) {
      throw new IllegalArgumentException("expected one %s of y, got %s".formatted(what, tensor));
    }
  }
}
