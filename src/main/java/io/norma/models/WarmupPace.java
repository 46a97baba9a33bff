package io.norma.models;

/** How fast runs of a model become while it is warmed, in nanoseconds. Belongs to one thread. */
final class WarmupPace {
  private static final double FASTER = 0.95;
  private static final long STEADY_NANOS = 200_000_000;

  /** A model whose runs did not become twice as fast for so long, and so many, is of use. */
  private static final long OPENING_NANOS = 400_000_000;

  /** For networks of which {@link Warmup#HOT_RUNS} would take too long. */
  private static final long HOT_NANOS = 2_500_000_000L;

  private final long begun = System.nanoTime();
  private int runs;
  private long first;
  private long fastest = Long.MAX_VALUE;

  /** The last run that was a twentieth faster than those before, and when it ended. */
  private long faster = Long.MAX_VALUE;

  private long fasterAt;

  /** The last one that took half as long as those before, when it ended, and which it was. */
  private long halved = Long.MAX_VALUE;

  private long halvedAt;
  private int halvedRun;

  /** Notes a run that has just ended. */
  void add(long nanos) {
    long now = System.nanoTime();
    runs++;
    first = runs == 1 ? nanos : first;
    fastest = Math.min(fastest, nanos);
    if (nanos < faster * FASTER) {
      faster = nanos;
      fasterAt = now;
    }
    if (nanos < halved / 2) {
      halved = nanos;
      halvedAt = now;
      halvedRun = runs;
    }
  }

  int runs() {
    return runs;
  }

  long first() {
    return first;
  }

  long fastest() {
    return fastest;
  }

  /** Whether more runs would hardly make a difference. */
  boolean isSteady() {
    long now = System.nanoTime();
    return now - fasterAt >= STEADY_NANOS
        && (runs >= Warmup.HOT_RUNS || now - begun >= HOT_NANOS)
        && !CompilerQueue.holdsKernels();
  }

  /** Whether the first requests would be answered in no more than a few times what they will be. */
  boolean isOfUse() {
    return System.nanoTime() - halvedAt >= OPENING_NANOS && runs - halvedRun >= Warmup.LEAST_RUNS;
  }
}
