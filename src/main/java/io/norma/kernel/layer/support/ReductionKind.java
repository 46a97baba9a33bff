package io.norma.kernel.layer.support;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;

/** What a {@code Reduction} makes of the elements that it takes together. */
public enum ReductionKind {
  /** {@code Σ xᵢ}; 0 for none. */
  SUM,
  /** {@code Σ xᵢ / n}; of whole numbers truncated towards 0. */
  MEAN,
  /** The largest, NaN if any is; −∞, the type's smallest number or false for none. */
  MAXIMUM,
  /** The smallest, NaN if any is; ∞, the type's largest number or true for none. */
  MINIMUM,
  /** {@code Π xᵢ}; 1 for none. */
  PRODUCT,
  /** {@code Σ |xᵢ|}. */
  L1,
  /** {@code √(Σ xᵢ²)}. */
  L2,
  /** {@code ln(Σ xᵢ)}. */
  LOG_SUM,
  /** {@code ln(Σ e^xᵢ)}, computed as {@code m + ln(Σ e^(xᵢ − m))}, m the largest. */
  LOG_SUM_EXP,
  /** {@code Σ xᵢ²}. */
  SUM_SQUARE;

  /** Reads the elements of one result, {@code start + i·stride} for each start. */
  public double reals(Tensor x, int[] starts, int stride, int length) {
    return switch (this) {
      case SUM -> sum(x, starts, stride, length);
      case MEAN -> sum(x, starts, stride, length) / ((double) starts.length * length);
      case LOG_SUM -> Math.log(sum(x, starts, stride, length));
      case LOG_SUM_EXP -> logSumExp(x, starts, stride, length);
      case L2 -> Math.sqrt(fold(x, starts, stride, length));
      case MAXIMUM, MINIMUM, PRODUCT, L1, SUM_SQUARE -> fold(x, starts, stride, length);
    };
  }

  private double fold(Tensor x, int[] starts, int stride, int length) {
    double result =
        switch (this) {
          case MAXIMUM -> Double.NEGATIVE_INFINITY;
          case MINIMUM -> Double.POSITIVE_INFINITY;
          case PRODUCT -> 1;
          default -> 0;
        };
    for (int start : starts) {
      for (int i = 0; i < length; i++) {
        double value = x.getDouble(start + i * stride);
        result =
            switch (this) {
              case MAXIMUM -> Math.max(result, value);
              case MINIMUM -> Math.min(result, value);
              case PRODUCT -> result * value;
              case L1 -> result + Math.abs(value);
              default -> result + value * value;
            };
      }
    }
    return result;
  }

  private static double sum(Tensor x, int[] starts, int stride, int length) {
    double sum = 0;
    if (x.dataType() == DataType.FP32) {
      float[] floats = x.floats();
      for (int start : starts) {
        int from = x.offset() + start;
        for (int i = 0; i < length; i++) {
          sum += floats[from + i * stride];
        }
      }
      return sum;
    }
    for (int start : starts) {
      for (int i = 0; i < length; i++) {
        sum += x.getDouble(start + i * stride);
      }
    }
    return sum;
  }

  private static double logSumExp(Tensor x, int[] starts, int stride, int length) {
    double largest = MAXIMUM.fold(x, starts, stride, length);
    if (Double.isInfinite(largest)) {
      return largest;
    }
    double sum = 0;
    for (int start : starts) {
      for (int i = 0; i < length; i++) {
        sum += Math.exp(x.getDouble(start + i * stride) - largest);
      }
    }
    return largest + Math.log(sum);
  }

  /** As {@link #reals}, exactly, for whole numbers and BOOL. */
  public long whole(Tensor x, int[] starts, int stride, int length) {
    boolean unsigned = x.dataType() == DataType.UINT64;
    if (this == LOG_SUM || this == LOG_SUM_EXP || this == L2) {
      return (long) reals(x, starts, stride, length);
    }
    long result =
        switch (this) {
          case MAXIMUM -> smallest(x.dataType());
          case MINIMUM -> largest(x.dataType());
          case PRODUCT -> 1;
          default -> 0;
        };
    for (int start : starts) {
      for (int i = 0; i < length; i++) {
        long value = x.getLong(start + i * stride);
        boolean greater = unsigned ? Long.compareUnsigned(value, result) > 0 : value > result;
        result =
            switch (this) {
              case MAXIMUM -> greater ? value : result;
              case MINIMUM -> greater ? result : value;
              case PRODUCT -> result * value;
              case L1 -> result + (unsigned ? value : Math.abs(value));
              case SUM_SQUARE -> result + value * value;
              default -> result + value;
            };
      }
    }
    if (this != MEAN) {
      return result;
    }
    long count = (long) starts.length * length;
    if (count == 0) {
      throw new IllegalArgumentException("mean of no whole numbers");
    }
    return unsigned ? Long.divideUnsigned(result, count) : result / count;
  }

  private static long smallest(DataType type) {
    if (type == DataType.BOOL || type.isUnsigned()) {
      return 0;
    }
    return -1L << (type.bytes() * 8 - 1);
  }

  private static long largest(DataType type) {
    if (type == DataType.BOOL) {
      return 1;
    }
    int bits = type.bytes() * 8;
    return type.isUnsigned() ? -1L >>> (64 - bits) : -1L >>> (65 - bits);
  }
}
