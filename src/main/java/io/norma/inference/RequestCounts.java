package io.norma.inference;

import io.norma.inference.InferenceObserver.Inference;
import io.norma.inference.InferenceObserver.Outcome;
import io.norma.models.ModelObserver;
import io.norma.models.ServedModel;
import io.norma.serving.NetworkIdentity;
import java.time.Clock;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests and their times per model version, as the V2 protocol reports them. */
public final class RequestCounts implements InferenceObserver, ModelObserver {
  /** Batch sizes that are counted one by one; rarer ones beyond that many are not. */
  private static final int BATCH_SIZES = 128;

  private final Clock clock;
  private final Map<NetworkIdentity, Counters> counters = new ConcurrentHashMap<>();

  RequestCounts(Clock clock) {
    this.clock = clock;
  }

  @Override
  public void added(ServedModel model) {
    counters.putIfAbsent(model.identity(), new Counters());
  }

  @Override
  public void removed(ServedModel model) {
    counters.remove(model.identity());
  }

  @Override
  public void ended(Inference inference) {
    Counters known = counters.get(inference.network());
    if (known != null) {
      known.add(inference, clock.millis());
    }
  }

  /** The counts of a network so far. */
  public Counts of(NetworkIdentity network) {
    return counters.getOrDefault(network, new Counters()).counts();
  }

  /** A number of times something happened, and the nanoseconds it took in all. */
  public record Duration(long count, long nanoseconds) {}

  /**
   * What is known of a version.
   *
   * @param lastInference when the last one ended, in milliseconds since 1970, or 0
   * @param rows of successful inferences
   * @param executions runs of the plan that succeeded: requests may share one
   */
  public record Counts(
      long lastInference,
      long rows,
      long executions,
      Duration success,
      Duration failure,
      Duration queue,
      Duration input,
      Duration compute,
      Duration output,
      SortedMap<Integer, BatchCounts> batches) {}

  /** The same for one batch size. */
  public record BatchCounts(Duration input, Duration compute, Duration output) {}

  private static final class Counters {
    private volatile long lastInference;
    private final LongAdder rows = new LongAdder();
    private final LongAdder executions = new LongAdder();
    private final LongAdder succeeded = new LongAdder();
    private final LongAdder successTime = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder failureTime = new LongAdder();
    private final LongAdder queueTime = new LongAdder();
    private final Stages stages = new Stages();
    private final Map<Integer, Stages> batches = new ConcurrentHashMap<>();

    void add(Inference inference, long now) {
      lastInference = now;
      if (inference.outcome() != Outcome.SUCCESS) {
        failed.increment();
        failureTime.add(inference.total());
        return;
      }
      succeeded.increment();
      rows.add(inference.rows());
      successTime.add(inference.total());
      queueTime.add(inference.queue());
      stages.add(inference);
      if (!inference.counts()) {
        return;
      }
      executions.increment();
      Stages batch = batches.get(inference.rowsOfRun());
      if (batch == null && batches.size() < BATCH_SIZES) {
        batch = batches.computeIfAbsent(inference.rowsOfRun(), size -> new Stages());
      }
      if (batch != null) {
        batch.add(inference);
      }
    }

    Counts counts() {
      long count = succeeded.sum();
      SortedMap<Integer, BatchCounts> byBatch = new TreeMap<>();
      batches.forEach((size, batch) -> byBatch.put(size, batch.counts()));
      BatchCounts all = stages.counts();
      return new Counts(
          lastInference,
          rows.sum(),
          executions.sum(),
          new Duration(count, successTime.sum()),
          new Duration(failed.sum(), failureTime.sum()),
          new Duration(count, queueTime.sum()),
          all.input(),
          all.compute(),
          all.output(),
          byBatch);
    }
  }

  private static final class Stages {
    private final LongAdder count = new LongAdder();
    private final LongAdder input = new LongAdder();
    private final LongAdder compute = new LongAdder();
    private final LongAdder output = new LongAdder();

    void add(Inference inference) {
      count.increment();
      input.add(inference.input());
      compute.add(inference.compute());
      output.add(inference.output());
    }

    BatchCounts counts() {
      long times = count.sum();
      return new BatchCounts(
          new Duration(times, input.sum()),
          new Duration(times, compute.sum()),
          new Duration(times, output.sum()));
    }
  }
}
