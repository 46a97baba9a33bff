package io.norma.inference;

import io.norma.admission.ComputeSlots;
import io.norma.kernel.tensor.LimitException;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ServedModel;
import io.norma.network.ExecutionObserver;
import io.norma.network.Normalization;
import io.norma.network.run.Workspace;
import io.norma.serving.ServingException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs inferences once more, beside and after the answer: on the plan compiled for observation, or
 * by other running statistics. The answer is always the serving plan's: its bits must not depend on
 * whether somebody watches.
 *
 * <p>Watching takes no more than a given share of the compute slots' time: after each run it rests
 * for as long as that needs, and what comes in between is not watched. A run costs the time it has
 * a slot, or the processor time of its thread if that is more, as it is for small networks: waking
 * up counts.
 */
final class InferenceWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(InferenceWatch.class);
  private static final int WAITING = 2;

  private record Run(ServedModel model, Consumer<Workspace> work) {}

  private final ComputeSlots slots;
  private final double restPerRun;
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final BlockingQueue<Run> waiting = new ArrayBlockingQueue<>(WAITING);
  private final Thread thread;
  private volatile long restsUntil = System.nanoTime();

  /**
   * @param budget share of the time of all slots together, above 0, at most 1
   * @param slotCount how many slots there are
   */
  InferenceWatch(ComputeSlots slots, double budget, int slotCount) {
    this.slots = slots;
    restPerRun = Math.max(0, 1 / (budget * slotCount) - 1);
    thread =
        Thread.ofPlatform().daemon().name("norma-inference-watch").start(this::watchUntilClosed);
  }

  /** Observes this inference if there is time for it; returns at once. */
  void offer(
      ServedModel model,
      List<Tensor> inputs,
      Normalization normalization,
      ExecutionObserver observer,
      @Nullable Long seed) {
    offer(
        model,
        workspace -> {
          List<Tensor> unused =
              model.observationPlan().run(inputs, normalization, workspace, observer, seed);
          LOG.trace("watched {} outputs", unused.size());
        });
  }

  /**
   * Does this if there is time for it; returns at once.
   *
   * @param work runs of the model, in a workspace of it
   */
  void offer(ServedModel model, Consumer<Workspace> work) {
    if (System.nanoTime() - restsUntil >= 0 && waiting.remainingCapacity() > 0) {
      boolean taken = waiting.offer(new Run(model, work));
      LOG.trace("watched: {}", taken);
    }
  }

  private void watchUntilClosed() {
    try {
      while (true) {
        long processorTime = processorTime();
        Run next = waiting.take();
        try {
          run(next, processorTime);
        } catch (LimitException | ServingException e) {
          // Others need the memory, or the slots, more.
          LOG.debug("an inference of model {} is not watched", next.model().name(), e);
        } catch (RuntimeException | OutOfMemoryError e) {
          LOG.warn("an inference of model {} cannot be watched", next.model().name(), e);
        }
      }
    } catch (InterruptedException _) {
      // The service is shutting down.
    }
  }

  /** Of this thread, or 0 where the system does not tell. */
  private long processorTime() {
    return threads.isCurrentThreadCpuTimeSupported() ? threads.getCurrentThreadCpuTime() : 0;
  }

  /**
   * @param before processor time of this thread before it was woken up
   */
  private void run(Run run, long before) {
    ComputeSlots.Waiter slot = slots.enterInBackground();
    long start = System.nanoTime();
    try (ServedModel.Use use = run.model().useIfResident()) {
      if (use == null) {
        // Nobody has asked for it since it gave back its weights: they do not come back for this.
        return;
      }
      Workspace workspace = run.model().takeWorkspace();
      try {
        run.work().accept(workspace);
      } finally {
        run.model().giveBack(workspace);
      }
    } finally {
      slots.leave(slot);
      long end = System.nanoTime();
      long cost = Math.max(end - start, processorTime() - before);
      restsUntil = end + (long) (cost * restPerRun);
      if (restPerRun > 0) {
        waiting.clear();
      }
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
