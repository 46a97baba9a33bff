package io.norma.kernel.tensor;

/** Element types of tensors, by the names that the Open Inference Protocol gives them. */
public enum DataType {
  BOOL(1),
  UINT8(1),
  UINT16(2),
  UINT32(4),
  UINT64(8),
  INT8(1),
  INT16(2),
  INT32(4),
  INT64(8),
  FP32(4),
  FP64(8);

  private final int bytes;

  DataType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes that one element takes on the wire. */
  public int bytes() {
    return bytes;
  }

  /** Whether elements are real numbers. */
  public boolean isFloatingPoint() {
    return this == FP32 || this == FP64;
  }

  /** Whether elements are whole numbers, signed or not. */
  public boolean isInteger() {
    return this != BOOL && !isFloatingPoint();
  }

  /**
   * Whether elements are whole numbers without a sign, kept in the signed Java type of their width.
   */
  public boolean isUnsigned() {
    return this == UINT8 || this == UINT16 || this == UINT32 || this == UINT64;
  }

  /**
   * A zeroed array that holds {@code length} elements: {@code float[]} for FP32, {@code double[]}
   * for FP64, {@code byte[]} for BOOL, and the signed array of the same width for integers.
   */
  public Object newArray(int length) {
    return switch (this) {
      case FP32 -> new float[length];
      case FP64 -> new double[length];
      case INT64, UINT64 -> new long[length];
      case INT32, UINT32 -> new int[length];
      case INT16, UINT16 -> new short[length];
      case INT8, UINT8, BOOL -> new byte[length];
    };
  }

  boolean matches(Object array) {
    return switch (this) {
      case FP32 -> array instanceof float[];
      case FP64 -> array instanceof double[];
      case INT64, UINT64 -> array instanceof long[];
      case INT32, UINT32 -> array instanceof int[];
      case INT16, UINT16 -> array instanceof short[];
      case INT8, UINT8, BOOL -> array instanceof byte[];
    };
  }
}
