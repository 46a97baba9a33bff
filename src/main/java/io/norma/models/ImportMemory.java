package io.norma.models;

import io.norma.kernel.tensor.MemoryBudget;

/**
 * What one model takes of the heap: while it is read, so much for each byte of its file; once it is
 * compiled, what it keeps. One thread at a time uses it: weights that leave and come back hand it
 * on in between.
 */
final class ImportMemory {
  /**
   * Bytes for each of a file, in quarters: its own, the constant that is made of it, and a quarter
   * for what is packed meanwhile.
   */
  private static final int QUARTERS = 9;

  /** The same of a file that is mapped: its own bytes are not on the heap. */
  private static final int QUARTERS_WHERE_MAPPED = 5;

  private final MemoryBudget heap;
  private long reserved;

  ImportMemory(MemoryBudget heap) {
    this.heap = heap;
  }

  /**
   * Reserves what it takes to read a file and to compile what is in it.
   *
   * @throws io.norma.kernel.tensor.MemoryLimitException if that is not left
   */
  void reserveForReading(long fileBytes) {
    reserve(fileBytes * QUARTERS / 4);
  }

  /**
   * Reserves what it takes to make constants of a file beside it.
   *
   * @throws io.norma.kernel.tensor.MemoryLimitException if that is not left
   */
  void reserveForData(long fileBytes) {
    reserve(fileBytes * QUARTERS_WHERE_MAPPED / 4);
  }

  /**
   * Reserves what else it takes to read it.
   *
   * @throws io.norma.kernel.tensor.MemoryLimitException if that is not left
   */
  void reserve(long needed) {
    heap.reserve(needed, reserved);
    reserved += needed;
  }

  /**
   * Reserves what it takes to compile constants, if that is more than for the file that they were
   * read from: some are widened, or computed.
   *
   * @throws io.norma.kernel.tensor.MemoryLimitException if that is not left
   */
  void reserveForCompiling(long bytes) {
    settle(Math.max(bytes, reserved));
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
