package io.norma.inference.batching;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.norma.admission.ComputeSlots;
import io.norma.admission.ComputeThreads;
import io.norma.admission.Turn;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ServedModel;
import io.norma.network.RowStatistics;
import io.norma.serving.ServingException;
import java.util.List;

/**
 * Runs requests for the same network together while they wait for a slot, where each row depends on
 * itself alone. Those with other running statistics may share a batch: rows have their own.
 */
public final class Batcher {
  private final BatchingSettings settings;
  private final ComputeSlots slots;
  private final ComputeThreads threads;

  /** A network that is gone takes its queue with it. */
  private final LoadingCache<ServedModel, ModelQueue> queues =
      Caffeine.newBuilder().weakKeys().build(this::queue);

  public Batcher(BatchingSettings settings, ComputeSlots slots, ComputeThreads threads) {
    this.settings = settings;
    this.slots = slots;
    this.threads = threads;
  }

  private ModelQueue queue(ServedModel model) {
    return new ModelQueue(settingsOf(model), slots, threads);
  }

  /**
   * How requests for a model are put together. What may wait for others must not mix rows with
   * them; what may not runs by itself.
   */
  public BatchingSettings settingsOf(ServedModel model) {
    BatchingSettings own = settings.of(model.config());
    return model.keepsRowsApart() && !model.config().refusesBatches() ? own : own.oneByOne();
  }

  /**
   * Runs a request with frozen running statistics on a model's fastest plan.
   *
   * @param inputs in the order of the network's, checked
   * @throws ServingException.Overloaded if too many wait
   * @throws ServingException.Expired if its time is over before its turn comes
   */
  public BatchRun run(ServedModel model, List<Tensor> inputs, RowStatistics statistics, Turn turn) {
    RunRequest request = new RunRequest(inputs, statistics, turn, model.cost().expected(inputs));
    return queues.get(model).run(new Batch(model), request);
  }
}
