package io.norma.kernel.statistics;

import java.math.BigInteger;

/**
 * {@code significand · 2^exponent}, without any rounding. Every finite double is such a number, and
 * so are sums and products of them; so a sum does not depend on the order of what is added.
 */
record ExactNumber(BigInteger significand, int exponent) {
  static final ExactNumber ZERO = new ExactNumber(BigInteger.ZERO, 0);

  private static final int FRACTION_BITS = 52;

  /** More bits than a double has: what lies below them decides no more than how ties are broken. */
  private static final int ROUNDED_FROM = 64;

  /**
   * A double as it is.
   *
   * @throws IllegalArgumentException if it is not finite
   */
  static ExactNumber of(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("a sum must be finite, but has " + value);
    }
    if (value == 0) {
      return ZERO;
    }
    int exponent = Math.max(Math.getExponent(value), Double.MIN_EXPONENT) - FRACTION_BITS;
    long significand = (long) Math.scalb(value, -exponent);
    int zeros = Long.numberOfTrailingZeros(significand);
    return new ExactNumber(BigInteger.valueOf(significand >> zeros), exponent + zeros);
  }

  ExactNumber plus(ExactNumber other) {
    if (significand.signum() == 0) {
      return other;
    }
    if (other.significand.signum() == 0) {
      return this;
    }
    int least = Math.min(exponent, other.exponent);
    return new ExactNumber(from(least).add(other.from(least)), least);
  }

  private BigInteger from(int lowerExponent) {
    return significand.shiftLeft(exponent - lowerExponent);
  }

  ExactNumber minus(ExactNumber other) {
    return plus(new ExactNumber(other.significand.negate(), other.exponent));
  }

  ExactNumber times(ExactNumber other) {
    return new ExactNumber(significand.multiply(other.significand), exponent + other.exponent);
  }

  ExactNumber times(long factor) {
    return new ExactNumber(significand.multiply(BigInteger.valueOf(factor)), exponent);
  }

  ExactNumber square() {
    return times(this);
  }

  boolean isZero() {
    return significand.signum() == 0;
  }

  /** The nearest double, of two the even one; infinite where it is larger than all. */
  double toDouble() {
    BigInteger magnitude = significand.abs();
    int dropped = Math.max(0, magnitude.bitLength() - ROUNDED_FROM);
    BigInteger digits = magnitude.shiftRight(dropped);
    if (dropped > 0 && magnitude.getLowestSetBit() < dropped) {
      digits = digits.setBit(0);
    }
    double rounded = Math.scalb(digits.doubleValue(), exponent + dropped);
    return significand.signum() < 0 ? -rounded : rounded;
  }

  /**
   * The double nearest to the quotient, of two the even one.
   *
   * @param divisor above 0
   */
  double dividedBy(long divisor) {
    int shift = Math.max(0, ROUNDED_FROM + Long.SIZE - significand.bitLength());
    BigInteger[] quotient =
        significand.abs().shiftLeft(shift).divideAndRemainder(BigInteger.valueOf(divisor));
    // A bit below all that are kept stands for the rest.
    BigInteger digits = quotient[0].shiftLeft(1).or(BigInteger.valueOf(quotient[1].signum()));
    return new ExactNumber(
            significand.signum() < 0 ? digits.negate() : digits, exponent - shift - 1)
        .toDouble();
  }
}
