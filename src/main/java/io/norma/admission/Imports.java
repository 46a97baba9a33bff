package io.norma.admission;

import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.TimeLimit;
import io.norma.kernel.tensor.WorkLimit;
import io.norma.onnx.ImportLimits;
import io.norma.onnx.file.NodeLimit;
import io.norma.serving.ServingException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Files that become networks: a few at a time, on threads of their own, each within its limits. Of
 * those that clients send, few more are received and wait.
 */
public final class Imports implements AutoCloseable {
  private static final int RETRY_AFTER_SECONDS = 5;

  private final PlatformThreads threads;
  private final NodeLimit nodes;
  private final WorkLimit work;
  private final TimeLimit time;
  private final int maxWaiting;
  private final AtomicInteger places = new AtomicInteger();

  /** Within the limits that are set. */
  Imports(AdmissionSettings settings) {
    this(
        settings.importsAtOnce(),
        new NodeLimit("norma.import.max-nodes", settings.imports().maxNodes()),
        new WorkLimit(
            "norma.import.max-folded-operations", settings.imports().maxFoldedOperations()),
        new TimeLimit("norma.import.max-time", settings.imports().maxTime()),
        settings.imports().maxWaiting());
  }

  /** So many at once, within no limits. */
  public Imports(int atOnce) {
    this(atOnce, NodeLimit.none(), WorkLimit.none(), TimeLimit.none(), Integer.MAX_VALUE - atOnce);
  }

  private Imports(int atOnce, NodeLimit nodes, WorkLimit work, TimeLimit time, int maxWaiting) {
    threads = new PlatformThreads("norma-loader-", atOnce);
    this.nodes = nodes;
    this.work = work;
    this.time = time;
    this.maxWaiting = maxWaiting;
  }

  /** How many are imported at once. */
  public int atOnce() {
    return threads.count();
  }

  /** How many nodes a file may have. */
  public NodeLimit nodes() {
    return nodes;
  }

  /** How long an import may take, and what comes with it. */
  public TimeLimit time() {
    return time;
  }

  /** What one import may take. */
  public ImportLimits limits(MemoryBudget memory) {
    return new ImportLimits(memory, nodes, work, time);
  }

  /** Imports when it is its turn, and returns when it is done. */
  public <T> T run(Supplier<T> work) {
    return threads.run(work);
  }

  /**
   * Takes a place for a file that a client sends, before its body is read.
   *
   * @throws ServingException.Overloaded if there is none
   */
  public Place takePlace() {
    if (places.incrementAndGet() > threads.count() + maxWaiting) {
      places.decrementAndGet();
      throw new ServingException.Overloaded(
          "too many uploads: %d are imported and %d are received or wait (norma.import.max-waiting); try again later"
              .formatted(threads.count(), maxWaiting),
          RETRY_AFTER_SECONDS);
    }
    return new Place();
  }

  /** A place among the files that clients send. */
  public final class Place implements AutoCloseable {
    private Place() {}

    @Override
    public void close() {
      places.decrementAndGet();
    }
  }

  @Override
  public void close() {
    threads.close();
  }
}
