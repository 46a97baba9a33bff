package io.norma.kernel.compute.elementwise;

import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One function of two numbers, for each kind of number.
 *
 * @param floats the loop over FP32 elements, or {@code null} where one through {@code reals} will
 *     do
 * @param reals on real numbers, or {@code null} if it is defined on whole ones alone
 * @param signed on whole numbers, signed or of at most 32 bits
 * @param unsigned on whole numbers of 64 bits without a sign
 */
public record BinaryOperation(
    @Nullable FloatLoop floats,
    @Nullable DoubleBinaryOperator reals,
    LongBinaryOperator signed,
    LongBinaryOperator unsigned) {
  /** One for whole numbers alone, for which a sign makes no difference. */
  public static BinaryOperation ofWhole(LongBinaryOperator operator) {
    return new BinaryOperation(null, null, operator, operator);
  }

  /** A loop over one run. */
  @FunctionalInterface
  public interface FloatLoop {
    void run(FloatRun a, FloatRun b, float[] y, int yOffset, int length);
  }
}
