package io.norma.client.binary;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A named tensor as the binary tensor extension of the Open Inference Protocol carries it.
 *
 * @param datatype such as FP32 or INT64
 * @param shape extents, such as (N, C, H, W)
 * @param bytes the elements in row-major order, little-endian
 */
public record BinaryTensor(String name, String datatype, List<Long> shape, ByteBuffer bytes) {
  public BinaryTensor {
    shape = List.copyOf(shape);
    bytes = bytes.slice().order(ByteOrder.LITTLE_ENDIAN).asReadOnlyBuffer();
  }

  /** The elements, each from its first byte on; another call reads them anew. */
  @Override
  public ByteBuffer bytes() {
    return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** An FP32 tensor. */
  public static BinaryTensor of(String name, float[] elements, long... shape) {
    ByteBuffer bytes = allocate(name, elements.length, Float.BYTES, shape);
    bytes.asFloatBuffer().put(elements);
    return new BinaryTensor(name, "FP32", extents(shape), bytes);
  }

  /** An INT64 tensor. */
  public static BinaryTensor of(String name, long[] elements, long... shape) {
    ByteBuffer bytes = allocate(name, elements.length, Long.BYTES, shape);
    bytes.asLongBuffer().put(elements);
    return new BinaryTensor(name, "INT64", extents(shape), bytes);
  }

  /** The elements of an FP32 tensor. */
  public float[] floats() {
    expect("FP32");
    float[] elements = new float[bytes.remaining() / Float.BYTES];
    bytes().asFloatBuffer().get(elements);
    return elements;
  }

  /** The elements of an INT64 tensor. */
  public long[] longs() {
    expect("INT64");
    long[] elements = new long[bytes.remaining() / Long.BYTES];
    bytes().asLongBuffer().get(elements);
    return elements;
  }

  private void expect(String expected) {
    if (!datatype.equals(expected)) {
      throw new IllegalStateException("tensor '" + name + "' is " + datatype + ", not " + expected);
    }
  }

  private static ByteBuffer allocate(String name, int elements, int size, long... shape) {
    long expected = 1;
    for (long extent : shape) {
      expected = Math.multiplyExact(expected, extent);
    }
    if (expected != elements) {
      throw new IllegalArgumentException(
          "tensor '%s' of shape %s has %d elements, but %d are given"
              .formatted(name, extents(shape), expected, elements));
    }
    return ByteBuffer.allocate(Math.multiplyExact(elements, size)).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static List<Long> extents(long... shape) {
    return java.util.Arrays.stream(shape).boxed().toList();
  }
}
