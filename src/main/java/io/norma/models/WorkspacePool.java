package io.norma.models;

import io.norma.kernel.tensor.MemoryBudget;
import io.norma.network.run.RunLimits;
import io.norma.network.run.Workspace;
import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Workspaces of all models, kept between runs as long as nobody else needs their memory: when the
 * budget is used up, those that were idle for longest go first.
 */
final class WorkspacePool {
  private final MemoryBudget budget;
  private final RunLimits limits;

  /** The least recently used first. */
  private final Deque<Idle> idle = new ArrayDeque<>();

  /** A model that is gone must not stay for the sake of its workspaces. */
  private record Idle(WeakReference<ServedModel> model, Workspace workspace) {}

  /**
   * @param limits what one run may take besides memory
   */
  WorkspacePool(MemoryBudget budget, RunLimits limits) {
    this.budget = budget;
    this.limits = limits;
    budget.reclaimBy(this::freeOne);
  }

  /** Bytes that runs share. */
  MemoryBudget budget() {
    return budget;
  }

  /** A workspace for one run, to be given back. */
  Workspace take(ServedModel model) {
    synchronized (idle) {
      for (Iterator<Idle> latest = idle.descendingIterator(); latest.hasNext(); ) {
        Idle next = latest.next();
        if (next.model.refersTo(model)) {
          latest.remove();
          return next.workspace;
        }
      }
    }
    return new Workspace(budget, limits);
  }

  /** Takes back a workspace for the next run of its model. */
  void giveBack(ServedModel model, Workspace workspace) {
    synchronized (idle) {
      idle.addLast(new Idle(new WeakReference<>(model), workspace));
    }
    freeOrphans();
  }

  /** Frees what a model's runs left. */
  void free(ServedModel model) {
    List<Workspace> left = new ArrayList<>();
    synchronized (idle) {
      idle.removeIf(next -> {
        boolean itsOwn = next.model.refersTo(model);
        if (itsOwn) {
          left.add(next.workspace);
        }
        return itsOwn;
      });
    }
    left.forEach(Workspace::free);
  }

  private void freeOrphans() {
    while (true) {
      Idle orphan = removeFirst(true);
      if (orphan == null) {
        return;
      }
      orphan.workspace.free();
    }
  }

  /** Frees the workspace that was idle for longest; tells if there was one. */
  boolean freeOne() {
    Idle oldest = removeFirst(false);
    if (oldest == null) {
      return false;
    }
    oldest.workspace.free();
    return true;
  }

  private @Nullable Idle removeFirst(boolean orphan) {
    synchronized (idle) {
      for (Iterator<Idle> oldest = idle.iterator(); oldest.hasNext(); ) {
        Idle next = oldest.next();
        if (!orphan || next.model.refersTo(null)) {
          oldest.remove();
          return next;
        }
      }
    }
    return null;
  }
}
