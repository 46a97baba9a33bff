package io.norma.kernel.compute.matrix;

/** How packed weights stand in memory. */
public enum WeightFormat {
  /** As they were given. */
  FP32,
  /**
   * Matrices of {@link DenseProduct#LEAST_NARROWED} weights and more as {@link BFloat16Panels}, in
   * half of the bytes; all others as they were given.
   */
  BF16
}
