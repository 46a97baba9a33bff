package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Quantization;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Integers of 8 bits, their zero points subtracted, as real numbers that products and their sums
 * are exact with: FP32 where no sum can reach 2²⁴, from which on it has not all integers, else
 * FP64. So the kernels for real numbers give the integers' results to the bit, in whatever order
 * they add.
 *
 * @param left of FP32 or FP64
 * @param right of the same type
 */
record IntegerOperands(Tensor left, Tensor right) {
  private static final long EXACT = 1L << 24;

  /**
   * How a product adds up the right operand's elements, each times one of the left's.
   *
   * @param count how many different sums of them there are
   * @param of into which of these an element goes
   */
  record Sums(int count, IntUnaryOperator of) {}

  /**
   * Reads both operands.
   *
   * @param leftZero of the left operand's type, broadcasts to it; {@code null} for 0
   * @param rightZero of the right operand's type, broadcasts to it; {@code null} for 0
   * @throws IllegalArgumentException if a type or shape does not fit
   */
  static IntegerOperands of(
      Tensor left,
      @Nullable Tensor leftZero,
      Tensor right,
      @Nullable Tensor rightZero,
      Sums sums,
      Memory memory) {
    requireBytes(left, leftZero);
    requireBytes(right, rightZero);
    Tensor factors = centred(right, rightZero, DataType.FP32, memory);
    boolean exact = largestSum(factors, sums, memory) * reach(left, leftZero) < EXACT;
    DataType type = exact ? DataType.FP32 : DataType.FP64;
    return new IntegerOperands(
        centred(left, leftZero, type, memory), Cast.cast(factors, type, memory));
  }

  private static void requireBytes(Tensor values, @Nullable Tensor zeroPoint) {
    Quantization.requireType(values, DataType.INT8, DataType.UINT8);
    if (zeroPoint != null) {
      Quantization.requireType(zeroPoint, values.dataType());
    }
  }

  /** The largest sum of magnitudes: no sum of elements, times 1 or −1 each, is larger. */
  private static long largestSum(Tensor factors, Sums sums, Memory memory) {
    memory.reserve((long) Long.BYTES * sums.count());
    long[] magnitudes = new long[sums.count()];
    for (int i = 0; i < factors.size(); i++) {
      magnitudes[sums.of().applyAsInt(i)] += (long) Math.abs(factors.getDouble(i));
    }
    long largest = 0;
    for (long magnitude : magnitudes) {
      largest = Math.max(largest, magnitude);
    }
    return largest;
  }

  /** The largest magnitude that an element can have once its zero point is subtracted. */
  private static long reach(Tensor values, @Nullable Tensor zeroPoint) {
    long least = Quantization.least(values.dataType());
    long greatest = Quantization.greatest(values.dataType());
    if (zeroPoint == null) {
      return Math.max(-least, greatest);
    }
    long reach = 0;
    for (int i = 0; i < zeroPoint.size(); i++) {
      long zero = zeroPoint.getLong(i);
      reach = Math.max(reach, Math.max(zero - least, greatest - zero));
    }
    return reach;
  }

  private static Tensor centred(
      Tensor values, @Nullable Tensor zeroPoint, DataType type, Memory memory) {
    Tensor real = Cast.cast(values, type, memory);
    if (zeroPoint == null || isZero(zeroPoint)) {
      return real;
    }
    Tensor zero = Cast.cast(zeroPoint, type, memory);
    Tensor centred = new Subtract().forward(Inputs.of(real, zero), memory).getFirst();
    if (!centred.shape().equals(values.shape())) {
      throw new IllegalArgumentException(
          "expected zero points that broadcast to %s, got %s"
              .formatted(values.shape(), zeroPoint.shape()));
    }
    return centred;
  }

  private static boolean isZero(Tensor zeroPoint) {
    for (int i = 0; i < zeroPoint.size(); i++) {
      if (zeroPoint.getLong(i) != 0) {
        return false;
      }
    }
    return true;
  }
}
