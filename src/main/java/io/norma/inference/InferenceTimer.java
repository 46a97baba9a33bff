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

  void leftQueue() {
    queue = lap();
  }

  void computed() {
    compute = lap();
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
