package io.norma.kernel.compute.tile;

/**
 * Offsets of taps that stand one pitch apart, {@code offsets[t] = t · pitch}; kept from call to
 * call because a network calls with one pitch nearly always.
 */
public final class TapOffsets {
  private final int count;
  private volatile Offsets last = new Offsets(0, new int[0]);

  public TapOffsets(int count) {
    this.count = count;
  }

  public int[] of(int pitch) {
    Offsets offsets = last;
    if (offsets.pitch != pitch) {
      int[] values = new int[count];
      for (int t = 0; t < count; t++) {
        values[t] = t * pitch;
      }
      offsets = new Offsets(pitch, values);
      last = offsets;
    }
    return offsets.values;
  }

  private record Offsets(int pitch, int[] values) {}
}
