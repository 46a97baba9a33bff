package io.norma.network;

import io.norma.kernel.tensor.Tensor;

/** Sees what a plan compiled for observation computes on its way. */
@FunctionalInterface
public interface ExecutionObserver {
  /** Sees nothing. */
  ExecutionObserver NONE = (layer, x) -> {};

  /**
   * Called before a batch normalization.
   *
   * @param layer its position in {@link Network#batchNormalizations()}
   * @param x its input, (N, C, …); valid during the call only
   */
  void beforeBatchNormalization(int layer, Tensor x);
}
