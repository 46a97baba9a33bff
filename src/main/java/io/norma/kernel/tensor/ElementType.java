package io.norma.kernel.tensor;

/**
 * Element types of tensors outside of the engine, in files and requests, by the names that the Open
 * Inference Protocol gives them: those that it computes with, and real numbers of 16 bits, which it
 * takes and gives as FP32.
 */
public enum ElementType {
  BOOL(DataType.BOOL),
  UINT8(DataType.UINT8),
  UINT16(DataType.UINT16),
  UINT32(DataType.UINT32),
  UINT64(DataType.UINT64),
  INT8(DataType.INT8),
  INT16(DataType.INT16),
  INT32(DataType.INT32),
  INT64(DataType.INT64),
  /** IEEE 754's binary16: 5 bits of exponent, 10 of fraction. */
  FP16(DataType.FP32),
  /** The upper half of an FP32: 8 bits of exponent, 7 of fraction. */
  BF16(DataType.FP32),
  FP32(DataType.FP32),
  FP64(DataType.FP64);

  private static final int NARROW_BYTES = 2;

  private final DataType dataType;

  ElementType(DataType dataType) {
    this.dataType = dataType;
  }

  /** The one of the same name. */
  public static ElementType of(DataType dataType) {
    return valueOf(dataType.name());
  }

  /** What the engine keeps such elements as. */
  public DataType dataType() {
    return dataType;
  }

  /** Whether elements have 16 bits, and the engine has them in 32. */
  public boolean isNarrow() {
    return this == FP16 || this == BF16;
  }

  /** Bytes that one element takes in files and on the wire. */
  public int bytes() {
    return isNarrow() ? NARROW_BYTES : dataType.bytes();
  }

  /** The number that 16 bits of a narrow type stand for; every one of them is an FP32. */
  public float widen(short bits) {
    return this == FP16 ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16);
  }

  /**
   * The 16 bits of a narrow type for the nearest number that it has, of two as near the even one;
   * infinite beyond its range.
   */
  public short narrow(float value) {
    if (this == FP16) {
      return Float.floatToFloat16(value);
    }
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      // Its upper half might be that of an infinity.
      return (short) ((bits >>> 16) | 0x40);
    }
    int half = 0x7FFF + ((bits >>> 16) & 1);
    return (short) ((bits + half) >>> 16);
  }

  /** The nearest number that a narrow type has. */
  public float round(float value) {
    return widen(narrow(value));
  }
}
