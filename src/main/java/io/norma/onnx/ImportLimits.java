package io.norma.onnx;

import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.TimeLimit;
import io.norma.kernel.tensor.WorkLimit;
import io.norma.onnx.file.NodeLimit;

/**
 * What one import may take.
 *
 * @param memory for the constants that are computed, and the nodes that functions unfold to
 * @param nodes of the file, with those that functions unfold to
 * @param work of the constants that are computed
 * @param time from the moment that it begins
 */
public record ImportLimits(MemoryBudget memory, NodeLimit nodes, WorkLimit work, TimeLimit time) {
  /** Whatever it takes. */
  public static ImportLimits none() {
    return of(MemoryBudget.unlimited());
  }

  /** No limit but that of memory. */
  public static ImportLimits of(MemoryBudget memory) {
    return new ImportLimits(memory, NodeLimit.none(), WorkLimit.none(), TimeLimit.none());
  }
}
