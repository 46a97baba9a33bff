package io.norma.model;

/** How the batch normalizations of one run normalize. */
public sealed interface Normalization {
  /** By running statistics, chosen per row: {@code y = scale·x + shift}. */
  record Frozen(RowStatistics rows) implements Normalization {
    public Frozen(BoundStatistics statistics) {
      this(RowStatistics.uniform(statistics));
    }
  }

  /**
   * By the batch's own mean and population variance over all axes but the channels', as in
   * training.
   */
  record Batch() implements Normalization {}
}
