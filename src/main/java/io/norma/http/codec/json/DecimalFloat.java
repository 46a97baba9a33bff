package io.norma.http.codec.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads numbers of JSON (RFC 8259, section 6) as the float32 that is nearest. A number has the
 * digits w and the exponent e, v = w · 10^e; with w below 10^19 and |e| at most 22 the double
 * nearest to w, times or by the double that is 10^|e|, is no more than 2 units in its last place
 * from v (D. Lemire, "Number parsing at a gigabyte per second", Software: Practice and Experience
 * 51, 2021, section 5, for w below 2^53). A float is nearest to both unless half the way between
 * two floats lies there, and then this leaves the number to others, as it does all that is rare.
 */
final class DecimalFloat {
  private static final VarHandle EIGHT_BYTES =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int MOST_DIGITS = 18;
  private static final int MOST_EXPONENT_DIGITS = 3;
  private static final double[] POWERS_OF_TEN = new double[23];
  private static final long[] POWERS = new long[9];

  /** Where the bits begin that a float lacks. */
  private static final int DROPPED_BITS = 29;

  private static final long DROPPED = (1L << DROPPED_BITS) - 1;
  private static final long HALF = 1L << (DROPPED_BITS - 1);
  private static final long DOUBT = 4;

  static {
    double power = 1;
    for (int i = 0; i < POWERS_OF_TEN.length; i++) {
      POWERS_OF_TEN[i] = power;
      power *= 10;
    }
    for (int i = 0; i < POWERS.length; i++) {
      POWERS[i] = (long) POWERS_OF_TEN[i];
    }
  }

  private final byte[] json;
  private final int limit;
  private long digits;
  private int end;
  private float value;

  /**
   * @param limit index of the first byte that is not to be read
   */
  DecimalFloat(byte[] json, int limit) {
    this.json = json;
    this.limit = limit;
  }

  /** Index behind the number that was read. */
  int end() {
    return end;
  }

  /** The number that was read. */
  float value() {
    return value;
  }

  /** Reads the number that begins there; says false if it is none, or left to others. */
  boolean read(int start) {
    int minus = start < limit ? isMinus(json[start]) : 0;
    int first = start + minus;
    digits = 0;
    int at = readFew(first);
    int count = at - first;
    if (count == 0 || count > MOST_DIGITS || (json[first] == '0' && count > 1)) {
      return false;
    }
    int exponent = 0;
    if (at < limit && json[at] == '.') {
      int fraction = at + 1;
      at = readMany(fraction);
      exponent = fraction - at;
      count += at - fraction;
      if (exponent == 0 || (count > MOST_DIGITS && count - zeros(first, at) > MOST_DIGITS)) {
        return false;
      }
    }
    if (at < limit && (json[at] | 0x20) == 'e') {
      at++;
      boolean negative = at < limit && json[at] == '-';
      if (negative || (at < limit && json[at] == '+')) {
        at++;
      }
      int begin = at;
      int power = 0;
      for (; at < limit && isDigit(json[at]) && at - begin < MOST_EXPONENT_DIGITS; at++) {
        power = 10 * power + (json[at] - '0');
      }
      if (at == begin) {
        return false;
      }
      exponent += negative ? -power : power;
    }
    end = at;
    return round(exponent, minus);
  }

  private int readFew(int from) {
    int at = from;
    for (; at < limit && isDigit(json[at]); at++) {
      digits = 10 * digits + (json[at] - '0');
    }
    return at;
  }

  /** Reads up to eight digits without a branch that depends on how many there are. */
  private int readMany(int from) {
    if (from + Long.BYTES > limit) {
      return readFew(from);
    }
    long values = (long) EIGHT_BYTES.get(json, from) ^ 0x3030303030303030L;
    // A byte above 9 sets its highest bit, and may set those of bytes behind it.
    long others = (values + 0x7676767676767676L | values) & 0x8080808080808080L;
    int count = Long.numberOfTrailingZeros(others) / Byte.SIZE;
    if (count == 0) {
      return from;
    }
    long number = number(values << (Byte.SIZE * (Long.BYTES - count)));
    digits = POWERS[count] * digits + number;
    return count < Long.BYTES ? from + count : readFew(from + count);
  }

  /** Digits of a number with a point that only say where it stands. */
  private int zeros(int first, int end) {
    int at = first;
    while (at < end && (json[at] == '0' || json[at] == '.')) {
      at++;
    }
    return Math.max(0, at - first - 1);
  }

  private boolean round(int exponent, int minus) {
    if (Math.abs(exponent) >= POWERS_OF_TEN.length) {
      return false;
    }
    double v = exponent < 0 ? digits / POWERS_OF_TEN[-exponent] : digits * POWERS_OF_TEN[exponent];
    long dropped = Double.doubleToRawLongBits(v) & DROPPED;
    boolean inRange = digits == 0 || (v >= Float.MIN_NORMAL && v < Float.MAX_VALUE);
    value = Float.intBitsToFloat(Float.floatToRawIntBits((float) v) | minus << 31);
    return inRange && Math.abs(dropped - HALF) > DOUBT;
  }

  /** 1 for a minus and 0 for all else, without a branch, which signs would lead astray. */
  private static int isMinus(byte c) {
    return (((c ^ '-') & 0xFF) - 1) >>> 31;
  }

  private static boolean isDigit(byte c) {
    return c >= '0' && c <= '9';
  }

  /** The number of eight digits, the first in the lowest byte: by pairs, fours and all. */
  private static long number(long eight) {
    long pairs = (eight * 10 + (eight >>> 8)) & 0x00FF00FF00FF00FFL;
    long fours = (pairs * 100 + (pairs >>> 16)) & 0x0000FFFF0000FFFFL;
    return (fours * 10_000 + (fours >>> 32)) & 0xFFFFFFFFL;
  }
}
