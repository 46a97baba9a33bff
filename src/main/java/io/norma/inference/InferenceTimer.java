package io.norma.inference;

/** How long the parts of one inference take, in nanoseconds; a part that is not reached takes 0. */
final class InferenceTimer {
  private final long start = System.nanoTime();
  private long last = start;
  private long input;
  private long queue;
  private long compute;
  private long output;

  void checked() {
    input = lap();
  }

  /**
   * @param begin when computing began, by {@link System#nanoTime}
   * @param end when it ended
   */
  void computed(long begin, long end) {
    queue = begin - last;
    compute = end - begin;
    last = end;
  }

  /** When it began, by {@link System#nanoTime}. */
  long start() {
    return start;
  }

  void written() {
    output = lap();
  }

  private long lap() {
    long now = System.nanoTime();
    long lap = now - last;
    last = now;
    return lap;
  }

  long input() {
    return input;
  }

  long queue() {
    return queue;
  }

  long compute() {
    return compute;
  }

  long output() {
    return output;
  }

  /** From the beginning until now. */
  long total() {
    return System.nanoTime() - start;
  }
}
