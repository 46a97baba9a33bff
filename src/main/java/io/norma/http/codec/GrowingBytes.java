package io.norma.http.codec;

import java.io.OutputStream;
import java.util.Arrays;

/** Bytes that can be written to as a stream, and in place; counted in the {@link RequestMemory}. */
final class GrowingBytes extends OutputStream {
  private final RequestMemory memory = RequestMemory.current();
  private byte[] array;
  private int size;

  GrowingBytes(int capacity) {
    memory.take(capacity);
    array = new byte[capacity];
  }

  @Override
  public void write(int b) {
    reserve(1);
    array[size - 1] = (byte) b;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    reserve(length);
    System.arraycopy(bytes, offset, array, size - length, length);
  }

  /** Makes room at the end; what is written there is up to the caller. */
  byte[] reserve(int length) {
    int needed = Math.addExact(size, length);
    if (needed > array.length) {
      int before = array.length;
      int more = (int) Math.min(Math.max(needed, 2L * before), Integer.MAX_VALUE - 8);
      memory.take(more);
      array = Arrays.copyOf(array, more);
      memory.drop(before);
    }
    size = needed;
    return array;
  }

  byte[] array() {
    return array;
  }

  int size() {
    return size;
  }
}
