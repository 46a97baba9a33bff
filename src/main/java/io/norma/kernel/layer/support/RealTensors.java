package io.norma.kernel.layer.support;

import io.norma.kernel.tensor.Tensor;

/** Checks of tensors of real numbers. */
public final class RealTensors {
  private RealTensors() {}

  /**
   * Requires tensors of real numbers.
   *
   * @throws IllegalArgumentException if one is neither FP32 nor FP64, or they differ
   */
  public static void require(Tensor... tensors) {
    for (Tensor tensor : tensors) {
      if (!tensor.dataType().isFloatingPoint()) {
        throw new IllegalArgumentException("expected FP32 or FP64, got " + tensor);
      }
      if (tensor.dataType() != tensors[0].dataType()) {
        throw new IllegalArgumentException(
            "expected tensors of one data type, got %s and %s".formatted(tensors[0], tensor));
      }
    }
  }
}
