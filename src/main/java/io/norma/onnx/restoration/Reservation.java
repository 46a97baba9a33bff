package io.norma.onnx.restoration;

import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.MemoryLimitException;

/** What one restoration takes of a budget. */
final class Reservation implements AutoCloseable {
  private final MemoryBudget budget;
  private long reserved;

  Reservation(MemoryBudget budget) {
    this.budget = budget;
  }

  /**
   * Takes bytes until the restoration ends, or they are given back.
   *
   * @throws MemoryLimitException if the budget does not have them
   */
  void take(long bytes) {
    try {
      budget.reserve(bytes, reserved);
    } catch (MemoryLimitException e) {
      throw e.of("the original weights of layers that are restored from a checkpoint: ");
    }
    reserved += bytes;
  }

  void giveBack(long bytes) {
    budget.release(bytes);
    reserved -= bytes;
  }

  @Override
  public void close() {
    giveBack(reserved);
  }
}
