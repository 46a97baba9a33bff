package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Broadcast;
import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Power: {@code y = a^b}, broadcasting.
 *
 * <p>Inputs: a (base) and b (exponent), numbers of any two types, shapes that broadcast. Output: y,
 * the type of a, the broadcast shape; real results are truncated where a is whole. Whole numbers to
 * the power of whole ones are exact within the type and wrap around beyond. Source: ONNX {@code
 * Pow}.
 */
public record Power() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor a = inputs.get(0);
    Tensor b = inputs.get(1);
    if (a.dataType() == DataType.BOOL || b.dataType() == DataType.BOOL) {
      throw new IllegalArgumentException("expected tensors of numbers, got " + a + " and " + b);
    }
    if (isSquare(a, b)) {
      return List.of(Elementwise.combine(a, a, memory, Multiply.OPERATION));
    }
    Broadcast broadcast = Broadcast.of(a.shape(), b.shape());
    Tensor y = memory.allocate(a.dataType(), broadcast.shape());
    boolean whole = a.dataType().isInteger() && b.dataType().isInteger();
    broadcast.forEachRun((to, indices, strides, length) -> {
      for (int i = 0; i < length; i++) {
        int ai = indices[0] + i * strides[0];
        int bi = indices[1] + i * strides[1];
        if (whole && (b.getLong(bi) >= 0 || b.dataType() == DataType.UINT64)) {
          y.setLong(to + i, power(a.getLong(ai), b.getLong(bi)));
        } else {
          y.setDouble(to + i, power(a.getDouble(ai), b.getDouble(bi)));
        }
      }
    });
    return List.of(y);
  }

  /**
   * Whether it is {@code a·a}, as in variances that are written out: in float32 the same bits, for
   * the product of two in double is exact.
   */
  private static boolean isSquare(Tensor a, Tensor b) {
    return a.dataType() == DataType.FP32
        && b.size() == 1
        && b.shape().rank() <= a.shape().rank()
        && b.getDouble(0) == 2;
  }

  private static double power(double base, double exponent) {
    // Java leaves 1 to the power of NaN or infinity undefined, IEEE 754 makes it 1.
    return base == 1 ? 1 : Math.pow(base, exponent);
  }

  private static long power(long base, long exponent) {
    long result = 1;
    long square = base;
    for (long rest = exponent; rest != 0; rest >>>= 1) {
      if ((rest & 1) != 0) {
        result *= square;
      }
      square *= square;
    }
    return result;
  }
}
