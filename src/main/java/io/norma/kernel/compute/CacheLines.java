package io.norma.kernel.compute;

/**
 * Reads memory ahead of what will work on it. A kernel that computes while it reads has few reads
 * on their way at a time and waits for each; reading alone keeps the memory busy.
 */
public final class CacheLines {
  /** Floats in a cache line. */
  private static final int LINE = 16;

  private CacheLines() {}

  /**
   * Reads a float of each cache line.
   *
   * @return their sum: who keeps it keeps the compiler from leaving out the reading
   */
  public static float read(float[] values, int from, int length) {
    float sum = 0;
    for (int i = from; i < from + length; i += LINE) {
      sum += values[i];
    }
    return sum;
  }
}
