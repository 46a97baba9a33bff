package io.norma.http.codec;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.ServingException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Tensors as bytes: little-endian, row-major, one byte for a BOOL. */
final class BinaryElements {
  private BinaryElements() {}

  /**
   * A tensor from bytes, of which there are as many from the offset on as it needs.
   *
   * @throws ServingException.Invalid if a BOOL is neither 0 nor 1
   */
  static Tensor read(String name, ElementType type, Shape shape, byte[] bytes, int offset) {
    return type.isNarrow()
        ? NarrowElements.read(type, shape, bytes, offset)
        : read(name, type.dataType(), shape, bytes, offset);
  }

  /**
   * A tensor from bytes, of which there are as many from the offset on as it needs.
   *
   * @throws ServingException.Invalid if a BOOL is neither 0 nor 1
   */
  static Tensor read(String name, DataType dataType, Shape shape, byte[] bytes, int offset) {
    RequestMemory.current().take((long) shape.size() * dataType.bytes());
    Object array = dataType.newArray(shape.size());
    ByteBuffer buffer =
        ByteBuffer.wrap(bytes, offset, shape.size() * dataType.bytes())
            .order(ByteOrder.LITTLE_ENDIAN);
    switch (array) {
      case float[] floats -> buffer.asFloatBuffer().get(floats);
      case double[] doubles -> buffer.asDoubleBuffer().get(doubles);
      case long[] longs -> buffer.asLongBuffer().get(longs);
      case int[] ints -> buffer.asIntBuffer().get(ints);
      case short[] shorts -> buffer.asShortBuffer().get(shorts);
      case byte[] elements -> buffer.get(elements);
      default -> throw new IllegalStateException("no array for " + dataType);
    }
    if (dataType == DataType.BOOL) {
      requireTruthValues(name, (byte[]) array);
    }
    return Tensor.of(dataType, shape, array, 0);
  }

  private static void requireTruthValues(String name, byte[] elements) {
    for (int i = 0; i < elements.length; i++) {
      if ((elements[i] & 0xFE) != 0) {
        throw new ServingException.Invalid(
            "tensor '%s': element %d is no BOOL: %d".formatted(name, i, elements[i]));
      }
    }
  }

  /** How many bytes {@link #write} puts. */
  static int size(Tensor tensor) {
    return Math.multiplyExact(tensor.size(), tensor.dataType().bytes());
  }

  /** Puts a tensor's bytes at an offset. */
  static void write(Tensor tensor, byte[] target, int offset) {
    ByteBuffer buffer =
        ByteBuffer.wrap(target, offset, size(tensor)).order(ByteOrder.LITTLE_ENDIAN);
    int from = tensor.offset();
    int count = tensor.size();
    switch (tensor.array()) {
      case float[] floats -> buffer.asFloatBuffer().put(floats, from, count);
      case double[] doubles -> buffer.asDoubleBuffer().put(doubles, from, count);
      case long[] longs -> buffer.asLongBuffer().put(longs, from, count);
      case int[] ints -> buffer.asIntBuffer().put(ints, from, count);
      case short[] shorts -> buffer.asShortBuffer().put(shorts, from, count);
      default -> buffer.put(tensor.bytes(), from, count);
    }
  }
}
