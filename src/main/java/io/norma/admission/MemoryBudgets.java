package io.norma.admission;

import io.norma.kernel.tensor.MemoryBudget;

/**
 * Who may hold how much of the heap. All of it together stays below what the heap has, so that
 * nothing that a client sends uses it up.
 *
 * @param heap models, and what they need while they are loaded, besides the other parts
 * @param workspaces values of runs
 * @param folding constants that are computed on import
 */
public record MemoryBudgets(MemoryBudget heap, MemoryBudget workspaces, MemoryBudget folding) {
  /** What the service itself needs. */
  private static final long SERVICE = 64L << 20;

  /**
   * What the collector needs to get along and what caches of running statistics take, as shares.
   */
  private static final double SLACK = 0.1;

  private static final double CACHES = 2.0 / 16;

  /**
   * The budgets of a process.
   *
   * @param heapBytes largest size of the heap
   */
  static MemoryBudgets of(AdmissionSettings settings, long heapBytes) {
    long available = Math.max(heapBytes / 2, (long) (heapBytes * (1 - SLACK - CACHES)) - SERVICE);
    MemoryBudget heap = new MemoryBudget("the heap (-Xmx)", available);
    return new MemoryBudgets(
        heap,
        heap.part(
            "norma.inference.max-workspace-bytes",
            settings.inference().maxWorkspaceBytes(heapBytes)),
        heap.part("norma.import.max-folded-bytes", settings.imports().maxFoldedBytes(heapBytes)));
  }
}
