package io.norma.runningstatistics.recalibration;

import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.runningstatistics.Calibration;
import io.norma.runningstatistics.CalibrationService;
import io.norma.runningstatistics.CalibrationService.Added;
import io.norma.runningstatistics.CalibrationService.Plan;
import io.norma.runningstatistics.CalibrationService.Progress;
import io.norma.runningstatistics.CalibrationService.Publication;
import io.norma.runningstatistics.CalibrationStore;
import io.norma.serving.InferenceRequest;
import io.norma.serving.ServingException;
import io.norma.store.KeyedChange;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Estimates running statistics anew after weights changed, as by averaging (Izmailov et al. 2018,
 * "Averaging weights leads to wider optima and better generalization") or pruning: rows that come
 * in one call are cut into batches, each runs forward as in training, and what they come to is a
 * revision.
 *
 * <p>It is a calibration from its beginning to its publication, and estimates as one does. With
 * {@link io.norma.kernel.statistics.Estimator#MEAN_OF_BATCHES} that is PyTorch's {@code
 * torch.optim.swa_utils.update_bn} over the same batches, with {@link
 * io.norma.kernel.statistics.Estimator#POOLED} the statistics of all rows together.
 */
public final class RecalibrationService {
  /** What a calibration may not go below. */
  private static final int MINIMUM_SAMPLES = 2;

  private final ModelRepository repository;
  private final CalibrationService calibrations;
  private final CalibrationStore store;
  private final Clock clock;

  RecalibrationService(
      ModelRepository repository,
      CalibrationService calibrations,
      CalibrationStore store,
      Clock clock) {
    this.repository = repository;
    this.calibrations = calibrations;
    this.store = store;
    this.clock = clock;
  }

  /**
   * Makes sure, before rows are read, that there is a model for them.
   *
   * @throws ServingException if there is none, or it is not ready
   */
  public void require(String model, @Nullable Long version) {
    repository.get(model, version);
  }

  /**
   * Makes a revision of rows; where it throws, nothing has changed.
   *
   * @param key under which this is done once only; {@code null} to do it in any case
   * @throws ServingException if the rows do not fit the model, a batch has one value per channel in
   *     a layer, or a layer meets a value that is not finite
   */
  public Added recalibrate(
      String model,
      @Nullable Long version,
      Recalibration wanted,
      InferenceRequest rows,
      @Nullable String key,
      String by) {
    ServedModel served = repository.get(model, version);
    KeyedChange change = wanted.keyed(key, rows);
    String id = Recalibration.id(served.identity(), key);
    Optional<Calibration> before = change == null ? Optional.empty() : store.find(id);
    if (before.isPresent() && change != null && store.isKnown(id, change)) {
      return new Added(calibrations.get(model, id), true);
    }
    CalibrationInMemory memory = new CalibrationInMemory(store, clock, id, change);
    CalibrationService own = calibrations.keptIn(memory);
    own.begin(
        model,
        served.version(),
        new Plan(
            wanted.set(), null, wanted.estimator(), wanted.varianceConvention(), MINIMUM_SAMPLES),
        by);
    RowBatches batches = RowBatches.of(served, rows, wanted.batchSize());
    for (int i = 0; i < batches.count(); i++) {
      add(own, model, id, batches, i);
    }
    String source =
        wanted.source().isEmpty()
            ? "recalibration, in batches of " + wanted.batchSize()
            : wanted.source();
    // By force: the statistics of other weights are nothing that its certificate could hold it to.
    Publication publication = new Publication(wanted.activate(), true, source);
    Progress published = own.publish(model, id, publication, by);
    return new Added(published, memory.isRepeated());
  }

  /** Whoever sent many rows must learn which of them are at fault. */
  private static void add(
      CalibrationService own, String model, String id, RowBatches batches, int batch) {
    try {
      own.add(model, id, batches.get(batch), null);
    } catch (ServingException.Invalid e) {
      int from = batches.from(batch);
      int to = batches.to(batch);
      throw new ServingException.Invalid(
          "batch %d of %d (rows %d to %d): %s%s; no revision was made"
              .formatted(
                  batch + 1,
                  batches.count(),
                  from,
                  to - 1,
                  e.getMessage(),
                  to - from == 1
                      ? "; choose a batch_size that leaves no row over, or leave one out"
                      : ""),
          e);
    }
  }
}
