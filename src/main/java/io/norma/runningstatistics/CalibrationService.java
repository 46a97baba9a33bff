package io.norma.runningstatistics;

import io.norma.inference.InferenceService;
import io.norma.inference.NormalizationSelector.Selection;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.RunVariation;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.StatisticsEstimate;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.ExecutionObserver;
import io.norma.network.Normalization;
import io.norma.runningstatistics.CalibrationStore.Position;
import io.norma.serving.InferenceRequest;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.ServingException;
import io.norma.store.IdempotencyKey;
import io.norma.store.KeyedChange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Estimates running statistics from unlabelled batches: each runs forward as in training, and its
 * moments are merged with those before. Nothing that is served changes until the result is
 * published and activated.
 */
public final class CalibrationService {
  private final ModelRepository repository;
  private final InferenceService inference;
  private final CalibrationStore store;
  private final StatisticsStore statistics;
  private final Activations activations;
  private final StatisticsCatalog catalog;

  CalibrationService(
      ModelRepository repository,
      InferenceService inference,
      CalibrationStore store,
      StatisticsStore statistics,
      Activations activations,
      StatisticsCatalog catalog) {
    this.repository = repository;
    this.inference = inference;
    this.store = store;
    this.statistics = statistics;
    this.activations = activations;
    this.catalog = catalog;
  }

  /** The same for calibrations that are kept elsewhere; their revisions go where all do. */
  public CalibrationService keptIn(CalibrationStore other) {
    return new CalibrationService(repository, inference, other, statistics, activations, catalog);
  }

  /** What is to be estimated, and how. */
  public record Plan(
      String set,
      Estimator estimator,
      VarianceConvention varianceConvention,
      long minimumSamples) {}

  /**
   * How far a calibration is.
   *
   * @param warnings why the estimate may not be fit for use; empty if nothing speaks against it
   */
  public record Progress(
      Calibration calibration, List<CalibrationLayer> layers, List<String> warnings) {}

  /** Begins a calibration. */
  public Progress begin(String model, @Nullable Long version, Plan plan, String by) {
    ServedModel served = repository.get(model, version);
    RunningStatisticsService.requireName(plan.set());
    if (plan.minimumSamples() < 2) {
      throw new ServingException.Invalid(
          "minimum_samples must be at least 2, but is " + plan.minimumSamples());
    }
    if (served.network().batchNormalizations().isEmpty()) {
      throw new ServingException.Invalid(
          "model '%s' version %d has no batch normalization: there is nothing to calibrate"
              .formatted(served.name(), served.version()));
    }
    Calibration calibration =
        store.create(
            served.identity(),
            plan.set(),
            plan.estimator(),
            plan.varianceConvention(),
            plan.minimumSamples(),
            by);
    return progress(calibration, List.of());
  }

  /**
   * Adds a batch; when this returns it is part of the calibration for good.
   *
   * @param key under which the batch counts once only
   * @throws ServingException if it does not fit the model, has one value per channel in a layer, or
   *     a layer meets a value that is not finite
   */
  public Added add(String model, String id, InferenceRequest batch, @Nullable String key) {
    Calibration calibration = find(model, id);
    ServedModel served = served(calibration);
    KeyedChange change = IdempotencyKey.of(key, batch);
    if (change != null && store.isKnown(id, change)) {
      return new Added(progress(calibration, store.layers(calibration)), true);
    }
    BatchMoments moments = new BatchMoments(served.network().batchNormalizations());
    inference.run(
        served,
        batch,
        new Selection(ServedModel::observationPlan, new Normalization.Batch(), moments, Map.of()));
    moments.requireFinite();
    int rows = served.rows(batch);
    CalibrationStore.Merge merge =
        store.merge(
            id, rows, change, before -> finite(() -> moments.mergedWith(before, calibration)));
    return new Added(progress(merge.calibration(), merge.layers()), merge.repeated());
  }

  /** Layers that were merged, or nothing where a sum of theirs would be of no use any more. */
  private static List<CalibrationLayer> finite(Supplier<List<CalibrationLayer>> merged) {
    try {
      List<CalibrationLayer> layers = merged.get();
      layers.forEach(layer -> layer.variation().requireFinite());
      return layers;
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new ServingException.Invalid(
          "with it the calibration's sums would be too large: %s; nothing was added"
              .formatted(e.getMessage()),
          e);
    }
  }

  /**
   * What a calibration comes to, to be merged into another one of the same network.
   *
   * @throws ServingException.Conflict if there is no batch yet
   */
  public CalibrationMoments moments(String model, String id) {
    find(model, id);
    CalibrationStore.Snapshot snapshot = store.snapshot(id);
    if (snapshot.layers().isEmpty()) {
      throw new ServingException.Conflict(
          "calibration '%s' has no batch, and so no moments yet: add batches".formatted(id));
    }
    return CalibrationMoments.of(snapshot.calibration(), snapshot.layers());
  }

  /**
   * Merges what another calibration comes to; when this returns it is part of this one for good.
   * Which batches came in which of the two, and in which order, makes no difference to what is
   * published, to the last bit.
   *
   * @param key under which the moments count once only
   * @throws ServingException.Conflict if they are another network's, or were estimated in another
   *     way
   * @throws ServingException.InvalidField if they do not fit the network's layers
   */
  public Added merge(String model, String id, CalibrationMoments given, @Nullable String key) {
    Calibration calibration = find(model, id);
    List<BatchNormalizationLayer> layers = served(calibration).network().batchNormalizations();
    given.requireLike(calibration);
    CalibrationMoments moments = given.fitting(layers);
    KeyedChange change = IdempotencyKey.of(key, moments.parts());
    CalibrationStore.Merge merge =
        store.mergeMoments(
            id,
            moments.batches(),
            moments.samples(),
            change,
            before -> finite(() -> moments.mergedWith(before, layers, calibration)));
    return new Added(progress(merge.calibration(), merge.layers()), merge.repeated());
  }

  /**
   * A batch, or moments of several, that were added.
   *
   * @param repeated whether they had been added before, under the same key
   */
  public record Added(Progress progress, boolean repeated) {}

  /** How far it is. */
  public Progress get(String model, String id) {
    Calibration calibration = find(model, id);
    return progress(calibration, store.layers(calibration));
  }

  /**
   * The network that the calibration was begun for.
   *
   * @throws ServingException.Conflict if its name stands for another one now
   */
  private ServedModel served(Calibration calibration) {
    NetworkIdentity begun = calibration.network();
    ServedModel served = repository.get(begun.model(), begun.version());
    if (!served.identity().equals(begun)) {
      throw new ServingException.Conflict(
          "calibration '%s' was begun for the network of model '%s' version %d with SHA-256 %s, but"
                  .formatted(calibration.id(), begun.model(), begun.version(), begun.sha256())
              + " what is served now has %s: begin another calibration, or load those bytes again"
                  .formatted(served.identity().sha256()));
    }
    return served;
  }

  /**
   * Calibrations of the network that is served, the latest first.
   *
   * @param before only those that come after this one in the list
   */
  public List<Calibration> list(
      String model, @Nullable Long version, @Nullable Position before, int limit) {
    return store.list(repository.get(model, version).identity(), before, limit);
  }

  /** A calibration without what its batches come to: cheap enough to be asked often. */
  public Calibration find(String model, String id) {
    return store
        .find(id)
        .filter(calibration -> calibration.network().model().equals(model))
        .orElseThrow(() ->
            new ServingException.NotFound(
                "model '%s' has no calibration '%s'".formatted(model, id)));
  }

  /** Deletes a calibration; revisions that came of it stay. */
  public void delete(String model, String id) {
    find(model, id);
    store.delete(id);
  }

  /**
   * Makes a revision of the estimate, once.
   *
   * @param activate whether the revision becomes active in the same transaction
   * @throws ServingException.Conflict if there are too few samples
   */
  public Progress publish(String model, String id, boolean activate, String source, String by) {
    Calibration calibration = find(model, id);
    if (calibration.samples() < calibration.minimumSamples()) {
      throw new ServingException.Conflict(
          "calibration '%s' has %d samples, but needs %d before it can be published: add batches"
              .formatted(id, calibration.samples(), calibration.minimumSamples()));
    }
    ServedModel served = served(calibration);
    NetworkIdentity network = served.identity();
    AtomicReference<@Nullable Activation> activation = new AtomicReference<>();
    CalibrationStore.Publication published =
        store.publish(
            id,
            layers -> {
              RevisionName name =
                  statistics
                      .add(
                          network,
                          calibration.set(),
                          revision(calibration, layers, source, by),
                          null)
                      .name();
              if (activate) {
                activation.set(activations.activate(network, name, by));
              }
              return name.revision();
            });
    catalog.takeUp(served, activation.get());
    return progress(published.calibration(), published.layers());
  }

  private static NewRevision revision(
      Calibration calibration, List<CalibrationLayer> layers, String source, String by) {
    Map<String, ChannelStatistics> byName = new LinkedHashMap<>();
    long samples = 0;
    try {
      for (CalibrationLayer layer : layers) {
        byName.put(layer.layer(), layer.estimate().statistics());
        samples = Math.max(samples, layer.variation().rows().count());
      }
      return new NewRevision(
          new RunningStatistics(byName),
          by,
          source.isEmpty() ? "calibration " + calibration.id() : source,
          samples,
          calibration.varianceConvention());
    } catch (IllegalArgumentException e) {
      throw new ServingException.Invalid(String.valueOf(e.getMessage()), e);
    }
  }

  private static Progress progress(Calibration calibration, List<CalibrationLayer> layers) {
    return new Progress(calibration, layers, SampleGuard.warnings(layers));
  }

  /** Collects the moments of one batch before each batch normalization. */
  private static final class BatchMoments implements ExecutionObserver {
    private final List<BatchNormalizationLayer> layers;
    private final @Nullable ChannelMoments[] moments;
    private final RunVariation[] variations;

    BatchMoments(List<BatchNormalizationLayer> layers) {
      this.layers = layers;
      moments = new ChannelMoments[layers.size()];
      variations =
          layers.stream()
              .map(layer -> RunVariation.empty(layer.channels()))
              .toArray(RunVariation[]::new);
    }

    @Override
    public void beforeBatchNormalization(int layer, Tensor x) {
      ChannelMoments seen = ChannelMoments.of(x, 1);
      ChannelMoments before = moments[layer];
      // A layer that is used twice sees two inputs, and normalizes both by one set of statistics.
      moments[layer] = before == null ? seen : before.merge(seen);
      variations[layer] = variations[layer].add(x);
    }

    void requireFinite() {
      for (int i = 0; i < moments.length; i++) {
        ChannelMoments seen = moments[i];
        int channel = seen == null ? -1 : seen.firstNonFiniteChannel();
        if (channel >= 0) {
          throw new ServingException.Invalid(
              "layer '%s' met a value that is not finite in channel %d: the batch is not added"
                  .formatted(layers.get(i).name(), channel));
        }
      }
    }

    List<CalibrationLayer> mergedWith(List<CalibrationLayer> before, Calibration calibration) {
      List<CalibrationLayer> after = new ArrayList<>();
      for (int i = 0; i < moments.length; i++) {
        ChannelMoments batch = moments[i];
        if (batch != null) {
          after.add(merged(layers.get(i), batch, variations[i], before, after.size(), calibration));
        }
      }
      return after;
    }

    private static CalibrationLayer merged(
        BatchNormalizationLayer layer,
        ChannelMoments batch,
        RunVariation variation,
        List<CalibrationLayer> before,
        int position,
        Calibration calibration) {
      if (before.isEmpty()) {
        StatisticsEstimate first =
            calibration
                .estimator()
                .empty(layer.channels(), calibration.varianceConvention())
                .add(batch);
        return new CalibrationLayer(layer.name(), first, variation, 0);
      }
      CalibrationLayer last = calibration.requireLayer(layer.name(), before, position);
      return last.with(last.estimate().add(batch), variation, layer.epsilon());
    }
  }
}
