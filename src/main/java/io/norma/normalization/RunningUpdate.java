package io.norma.normalization;

/** How a batch changes running statistics: {@code new = old + weight·(batch − old)}. */
public sealed interface RunningUpdate {
  /** The weight of the new batch. */
  double weight();

  /** A fixed weight, as PyTorch's momentum. */
  record Momentum(double weight) implements RunningUpdate {
    /**
     * @throws io.norma.serving.ServingException.InvalidField if it lies outside [0, 1]
     */
    public Momentum {
      Checks.requireWeight("momentum", weight);
    }
  }

  /**
   * The plain mean over batches, as PyTorch's {@code momentum=None}.
   *
   * @param batches how many came before
   */
  record Cumulative(long batches) implements RunningUpdate {
    /**
     * @throws io.norma.serving.ServingException.InvalidField if it is negative
     */
    public Cumulative {
      if (batches < 0) {
        throw Checks.invalid("cumulative", "batches must be 0 or more, but is " + batches);
      }
    }

    @Override
    public double weight() {
      return 1.0 / (batches + 1);
    }
  }
}
