package io.norma.network;

import io.norma.kernel.statistics.BlendMethod;
import io.norma.kernel.statistics.InstanceShrinkage;
import io.norma.kernel.statistics.RunningStatistics;

/** How the batch normalizations of one run normalize. */
public sealed interface Normalization {
  /** Whether each row is normalized without regard to those beside it. */
  default boolean isByRow() {
    return false;
  }

  /** By running statistics, chosen per row: {@code y = scale·x + shift}. */
  record Frozen(RowStatistics rows) implements Normalization {
    public Frozen(BoundStatistics statistics) {
      this(RowStatistics.uniform(statistics));
    }

    @Override
    public boolean isByRow() {
      return true;
    }
  }

  /**
   * By the batch's own mean and population variance over all axes but the channels', as in
   * training. Needs a plan compiled for observation.
   */
  record Batch() implements Normalization {}

  /**
   * Each row by running statistics, corrected by its own where those differ by more than chance.
   * Layers that have one value per channel and row normalize as {@link Frozen}. Needs a plan
   * compiled for observation.
   *
   * @param statistics of every layer of the network
   * @param bound the same, made ready
   */
  record InstanceAware(
      RunningStatistics statistics, BoundStatistics bound, InstanceShrinkage shrinkage)
      implements Normalization {
    @Override
    public boolean isByRow() {
      return true;
    }
  }

  /**
   * By the batch's own statistics blended with running ones. Needs a plan compiled for observation.
   *
   * @param prior statistics of every layer of the network
   * @param priorWeight λ, from 0 (the batch alone) to 1 (the prior alone); {@link
   *     BlendMethod#priorWeight} makes it of a count
   */
  record Blend(RunningStatistics prior, double priorWeight, BlendMethod method)
      implements Normalization {
    public Blend {
      if (!(priorWeight >= 0 && priorWeight <= 1)) {
        throw new IllegalArgumentException(
            "the prior's weight must be from 0 to 1, but is " + priorWeight);
      }
    }
  }
}
