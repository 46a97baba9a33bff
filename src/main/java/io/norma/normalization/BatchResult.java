package io.norma.normalization;

import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A normalized batch.
 *
 * @param count values per channel that counted
 * @param statistics the batch's own, absent in inference
 * @param inverse 1/√(σ²+ε) with the variance that normalized, absent with ghost batches
 * @param running after the batch; absent where none were given
 * @param ghostBatches in order, empty without
 */
public record BatchResult(
    Tensor output,
    long count,
    @Nullable Statistics statistics,
    double @Nullable [] inverse,
    @Nullable Statistics running,
    List<GhostBatch> ghostBatches,
    Renormalization.@Nullable Correction correction) {
  /** Mean and variance per channel. */
  public record Statistics(double[] mean, double[] variance) {}

  /** Rows that were normalized together. */
  public record GhostBatch(long count, Statistics statistics, double[] inverse) {}
}
