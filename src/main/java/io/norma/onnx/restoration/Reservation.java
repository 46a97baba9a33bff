package io.norma.onnx.restoration;

import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.MemoryLimitException;
import io.norma.kernel.tensor.TimeLimit;
import io.norma.kernel.tensor.WorkLimitException;

/** What one restoration takes of a budget, and of its time. */
final class Reservation implements AutoCloseable {
  private final MemoryBudget budget;
  private final TimeLimit.Deadline deadline;
  private long reserved;

  Reservation(MemoryBudget budget, TimeLimit.Deadline deadline) {
    this.budget = budget;
    this.deadline = deadline;
  }

  /**
   * Makes sure that the time is not over.
   *
   * @throws WorkLimitException if it is
   */
  void checkTime() {
    deadline.check();
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
