package io.norma.http.codec;

import java.util.Arrays;

/**
 * Watches that arrays within arrays are even: those of one depth alike in length, and elements at
 * one depth alone. The outermost array has depth 0.
 */
final class Nesting {
  private static final int NONE = -1;

  private final long[] lengths = new long[Json.MAX_DEPTH + 2];
  private int elementDepth = NONE;

  Nesting() {
    Arrays.fill(lengths, NONE);
  }

  /** Notes an element of an array of this depth; says whether that is even. */
  boolean element(int depth) {
    if (elementDepth == depth) {
      return true;
    }
    boolean even = elementDepth == NONE && lengths[depth + 1] == NONE;
    elementDepth = depth;
    return even;
  }

  /** Notes an array in an array of this depth; says whether that is even. */
  boolean array(int depth) {
    return elementDepth == NONE || elementDepth > depth;
  }

  /** Notes the end of an array of this depth; says whether its length is even. */
  boolean end(int depth, long length) {
    boolean even = lengths[depth] == NONE || lengths[depth] == length;
    lengths[depth] = length;
    return even;
  }

  /** Lengths by depth: the shape, where all was even. */
  long[] shape() {
    int rank = 0;
    while (lengths[rank] != NONE) {
      rank++;
    }
    return Arrays.copyOf(lengths, rank);
  }
}
