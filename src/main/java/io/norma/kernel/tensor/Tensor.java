package io.norma.kernel.tensor;

import java.lang.reflect.Array;
import java.util.List;

/**
 * A dense tensor in row-major order: {@code size} elements of an array from {@code offset} on. A
 * view, not an owner: several tensors may share one array, and a tensor in a workspace is valid
 * until the workspace is used again.
 *
 * <p>Typed accessors give the backing array; index it from {@link #offset()}. Loops that do not
 * care for the type move elements by {@link System#arraycopy} on {@link #array()}.
 */
public final class Tensor implements Value {
  private final DataType dataType;
  private final Shape shape;
  private final Object array;
  private final int offset;

  private Tensor(DataType dataType, Shape shape, Object array, int offset) {
    this.dataType = dataType;
    this.shape = shape;
    this.array = array;
    this.offset = offset;
  }

  /**
   * A view of part of an array, which is not copied.
   *
   * @throws IllegalArgumentException if the array is of another type or too short
   */
  public static Tensor of(DataType dataType, Shape shape, Object array, int offset) {
    if (!dataType.matches(array)) {
      throw new IllegalArgumentException(
          dataType + " tensor cannot be kept in " + array.getClass().getSimpleName());
    }
    int length = Array.getLength(array);
    if (offset < 0 || shape.size() > length - offset) {
      throw new IllegalArgumentException(
          "shape %s needs %d elements from offset %d, but the array has %d"
              .formatted(shape, shape.size(), offset, length));
    }
    return new Tensor(dataType, shape, array, offset);
  }

  /** An FP32 tensor over exactly these elements. */
  public static Tensor of(Shape shape, float... elements) {
    return exact(DataType.FP32, shape, elements, elements.length);
  }

  /** An FP64 tensor over exactly these elements. */
  public static Tensor of(Shape shape, double... elements) {
    return exact(DataType.FP64, shape, elements, elements.length);
  }

  /** An INT64 tensor over exactly these elements. */
  public static Tensor of(Shape shape, long... elements) {
    return exact(DataType.INT64, shape, elements, elements.length);
  }

  /** An INT32 tensor over exactly these elements. */
  public static Tensor of(Shape shape, int... elements) {
    return exact(DataType.INT32, shape, elements, elements.length);
  }

  /** A BOOL tensor over a copy of these elements. */
  public static Tensor of(Shape shape, boolean... elements) {
    byte[] bytes = new byte[elements.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (elements[i] ? 1 : 0);
    }
    return exact(DataType.BOOL, shape, bytes, bytes.length);
  }

  /** A zeroed tensor on the heap. */
  public static Tensor zeros(DataType dataType, Shape shape) {
    return new Tensor(dataType, shape, dataType.newArray(shape.size()), 0);
  }

  private static Tensor exact(DataType dataType, Shape shape, Object array, int length) {
    if (length != shape.size()) {
      throw new IllegalArgumentException(
          "shape %s needs %d elements, but %d were given".formatted(shape, shape.size(), length));
    }
    return new Tensor(dataType, shape, array, 0);
  }

  public DataType dataType() {
    return dataType;
  }

  public Shape shape() {
    return shape;
  }

  /** How many elements there are. */
  public int size() {
    return shape.size();
  }

  /** The backing array: of the type that {@link DataType#newArray} gives. */
  public Object array() {
    return array;
  }

  /** Where in the backing array the first element is. */
  public int offset() {
    return offset;
  }

  /** The backing array of an FP32 tensor. */
  public float[] floats() {
    return backing(float[].class, DataType.FP32);
  }

  /** The backing array of an FP64 tensor. */
  public double[] doubles() {
    return backing(double[].class, DataType.FP64);
  }

  /** The backing array of an INT64 or UINT64 tensor. */
  public long[] longs() {
    return backing(long[].class, DataType.INT64);
  }

  /** The backing array of a BOOL (0 or 1), INT8 or UINT8 tensor. */
  public byte[] bytes() {
    return backing(byte[].class, DataType.INT8);
  }

  private <A> A backing(Class<A> type, DataType asked) {
    if (!type.isInstance(array)) {
      throw new IllegalArgumentException("expected a tensor of " + asked + ", got " + dataType);
    }
    return type.cast(array);
  }

  /** Element {@code index} as a real number; for code off the hot path. */
  public double getDouble(int index) {
    int i = offset + index;
    return switch (dataType) {
      case FP32 -> ((float[]) array)[i];
      case FP64 -> ((double[]) array)[i];
      case UINT64 -> {
        long value = ((long[]) array)[i];
        yield value >= 0 ? value : ((value >>> 1) | (value & 1)) * 2.0;
      }
      default -> getLong(index);
    };
  }

  /** Element {@code index} as a whole number, real ones truncated; for code off the hot path. */
  public long getLong(int index) {
    int i = offset + index;
    return switch (dataType) {
      case FP32 -> (long) ((float[]) array)[i];
      case FP64 -> (long) ((double[]) array)[i];
      case INT64, UINT64 -> ((long[]) array)[i];
      case INT32 -> ((int[]) array)[i];
      case UINT32 -> Integer.toUnsignedLong(((int[]) array)[i]);
      case INT16 -> ((short[]) array)[i];
      case UINT16 -> Short.toUnsignedLong(((short[]) array)[i]);
      case INT8, BOOL -> ((byte[]) array)[i];
      case UINT8 -> Byte.toUnsignedLong(((byte[]) array)[i]);
    };
  }

  /** Writes element {@code index}, narrowed to the data type; for code off the hot path. */
  public void setDouble(int index, double value) {
    switch (dataType) {
      case FP32 -> ((float[]) array)[offset + index] = (float) value;
      case FP64 -> ((double[]) array)[offset + index] = value;
      default -> setLong(index, (long) value);
    }
  }

  /** Writes element {@code index}, narrowed to the data type; for code off the hot path. */
  public void setLong(int index, long value) {
    int i = offset + index;
    switch (dataType) {
      case FP32 -> ((float[]) array)[i] = value;
      case FP64 -> ((double[]) array)[i] = value;
      case INT64, UINT64 -> ((long[]) array)[i] = value;
      case INT32, UINT32 -> ((int[]) array)[i] = (int) value;
      case INT16, UINT16 -> ((short[]) array)[i] = (short) value;
      case INT8, UINT8 -> ((byte[]) array)[i] = (byte) value;
      case BOOL -> ((byte[]) array)[i] = (byte) (value != 0 ? 1 : 0);
    }
  }

  /** All elements as whole numbers: how layers read axes, shapes and indices. */
  public long[] toLongArray() {
    long[] values = new long[size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = getLong(i);
    }
    return values;
  }

  /** All elements of an FP32 tensor, copied. */
  public float[] toFloatArray() {
    float[] values = new float[size()];
    System.arraycopy(floats(), offset, values, 0, values.length);
    return values;
  }

  /** All elements as real numbers, copied. */
  public double[] toDoubleArray() {
    double[] values = new double[size()];
    switch (array) {
      case double[] doubles -> System.arraycopy(doubles, offset, values, 0, values.length);
      case float[] floats -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = floats[offset + i];
        }
      }
      default -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = getDouble(i);
        }
      }
    }
    return values;
  }

  /**
   * The same elements under another shape; nothing is copied.
   *
   * @throws IllegalArgumentException if the element counts differ
   */
  public Tensor reshape(Shape other) {
    if (other.size() != size()) {
      throw new IllegalArgumentException(
          "cannot reshape %s (%d elements) to %s (%d elements)"
              .formatted(shape, size(), other, other.size()));
    }
    return new Tensor(dataType, other, array, offset);
  }

  /**
   * The part along axis 0 from one position to before another; nothing is copied.
   *
   * @throws IllegalArgumentException if there is no such part
   */
  public Tensor rows(int from, int to) {
    if (shape.rank() == 0 || from < 0 || to < from || to > shape.dimension(0)) {
      throw new IllegalArgumentException(
          "there are no rows from %d to %d in shape %s".formatted(from, to, shape));
    }
    int row = shape.size(1, shape.rank());
    return new Tensor(dataType, shape.with(0, to - from), array, offset + from * row);
  }

  /** A copy with a heap array of its own. */
  public Tensor copy() {
    Tensor copy = zeros(dataType, shape);
    System.arraycopy(array, offset, copy.array, 0, size());
    return copy;
  }

  @Override
  public List<Tensor> tensors() {
    return List.of(this);
  }

  @Override
  public String toString() {
    return dataType + shape.toString();
  }
}
