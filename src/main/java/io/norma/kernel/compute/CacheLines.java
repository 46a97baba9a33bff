package io.norma.kernel.compute;

/**
 * What has to do with how memory comes to the core: in lines. Reads it ahead of what will work on
 * it. A kernel that computes while it reads has few reads on their way at a time and waits for
 * each; reading alone keeps the memory busy.
 */
public final class CacheLines {
  /** Floats in a cache line. */
  private static final int LINE = 16;

  /**
   * Floats to leave unused at the beginning of a large array, for those behind them to begin a line
   * with: a tile whose weights lie across two lines takes a fifteenth longer. G1 puts large objects
   * at the beginning of a region, and the floats of an array behind 16 bytes; where they are
   * elsewhere nothing is lost.
   */
  public static final int LEAD = 12;

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
