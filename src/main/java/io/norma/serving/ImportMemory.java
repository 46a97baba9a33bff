package io.norma.serving;

import io.norma.kernel.tensor.MemoryBudget;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * What one model takes of the heap: while it is read, so much for each byte of its file; once it is
 * compiled, what it keeps.
 */
final class ImportMemory {
  /**
   * Bytes for each of a file, in quarters: its own, the constant that is made of it, and a quarter
   * for what is packed meanwhile.
   */
  private static final int QUARTERS = 9;

  private final MemoryBudget heap;
  private long reserved;

  ImportMemory(MemoryBudget heap) {
    this.heap = heap;
  }

  /** A file whose bytes are reserved as they are read. */
  InputStream reserving(InputStream file) {
    return new FilterInputStream(file) {
      @Override
      public int read() throws IOException {
        int next = super.read();
        reserve(next < 0 ? 0 : 1);
        return next;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        int count = super.read(target, offset, length);
        reserve(Math.max(count, 0));
        return count;
      }
    };
  }

  private void reserve(int bytes) {
    long more = (long) bytes * QUARTERS / 4;
    heap.reserve(more, reserved);
    reserved += more;
  }

  /**
   * Keeps what a model takes from now on, instead of what its import took.
   *
   * @throws io.norma.kernel.tensor.MemoryLimitException if that is more, and not left
   */
  void settle(long bytes) {
    if (bytes > reserved) {
      heap.reserve(bytes - reserved, reserved);
    } else {
      heap.release(reserved - bytes);
    }
    reserved = bytes;
  }

  /** Gives back all. */
  void release() {
    heap.release(reserved);
    reserved = 0;
  }
}
