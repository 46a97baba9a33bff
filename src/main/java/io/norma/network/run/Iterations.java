package io.norma.network.run;

/** Counts the iterations of the loops of one run. */
final class Iterations {
  private final IterationLimit limit;
  private long done;

  Iterations(IterationLimit limit) {
    this.limit = limit;
  }

  /** Begins a run. */
  void begin() {
    done = 0;
  }

  /**
   * Counts one more.
   *
   * @throws IllegalArgumentException if there are too many
   */
  void count() {
    if (done == limit.most()) {
      throw new IllegalArgumentException(
          "the loop has not ended, and the loops of one run may take no more than %d iterations together (%s)"
              .formatted(limit.most(), limit.name()));
    }
    done++;
  }
}
