package io.norma.runningstatistics;

import io.norma.inference.InferenceService;
import io.norma.inference.NormalizationSelector.Selection;
import io.norma.kernel.statistics.BlendMethod;
import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Normalization;
import io.norma.runningstatistics.CalibrationStore.Position;
import io.norma.runningstatistics.certificate.Certificate;
import io.norma.runningstatistics.certificate.CertificateReason;
import io.norma.runningstatistics.certificate.ProbeTally;
import io.norma.runningstatistics.certificate.Probing;
import io.norma.runningstatistics.certificate.Verdict;
import io.norma.serving.InferenceRequest;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.ServingException;
import io.norma.store.IdempotencyKey;
import io.norma.store.KeyedChange;
import io.norma.store.StatisticsBytes;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Estimates running statistics from unlabelled batches: each runs forward as in training, and its
 * moments are merged with those before. Nothing that is served changes until the result is
 * published and activated.
 */
public final class CalibrationService {
  private static final Logger LOG = LoggerFactory.getLogger(CalibrationService.class);

  private final ModelRepository repository;
  private final InferenceService inference;
  private final CalibrationStore store;
  private final StatisticsStore statistics;
  private final Activations activations;
  private final StatisticsCatalog catalog;
  private final CalibrationCertificates certificates;

  CalibrationService(
      ModelRepository repository,
      InferenceService inference,
      CalibrationStore store,
      StatisticsStore statistics,
      Activations activations,
      StatisticsCatalog catalog,
      CalibrationCertificates certificates) {
    this.repository = repository;
    this.inference = inference;
    this.store = store;
    this.statistics = statistics;
    this.activations = activations;
    this.catalog = catalog;
    this.certificates = certificates;
  }

  /** The same for calibrations that are kept elsewhere; their revisions go where all do. */
  public CalibrationService keptIn(CalibrationStore other) {
    return new CalibrationService(
        repository, inference, other, statistics, activations, catalog, certificates);
  }

  /**
   * What is to be estimated, and how.
   *
   * @param base set, or revision, that it begins from; {@code null} for what came with the model
   */
  public record Plan(
      String set,
      @Nullable String base,
      Estimator estimator,
      VarianceConvention varianceConvention,
      long minimumSamples) {}

  /**
   * How far a calibration is.
   *
   * @param warnings why the estimate may not be fit for use; empty if nothing speaks against it
   * @param certificate whether it is; {@code null} before the first batch, and while another
   *     network has the name of its own
   */
  public record Progress(
      Calibration calibration,
      List<CalibrationLayer> layers,
      List<String> warnings,
      @Nullable Certificate certificate) {
    /** Whether the estimate is certified good by how the network answers with it. */
    public boolean isCertifiedGood() {
      return certificate != null
          && certificate.probe() != null
          && certificate.verdict() == Verdict.GOOD;
    }

    /** What speaks against it, in words; empty if nothing does. */
    public String reasons() {
      return certificate == null
          ? ""
          : certificate.reasons().stream()
              .map(CertificateReason::message)
              .collect(Collectors.joining("; "));
    }
  }

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
            plan.base() == null ? RevisionName.IMPORTED : catalog.resolve(served, plan.base()),
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
    RunningStatistics base = catalog.unbound(served, calibration.base());
    BatchMoments moments =
        new BatchMoments(served.network().batchNormalizations(), calibration.samples());
    inference.run(
        served,
        batch,
        new Selection(ServedModel::observationPlan, asInTraining(base), moments, Map.of()));
    moments.requireFinite();
    int rows = served.rows(batch);
    CalibrationStore.Merge merge =
        store.merge(
            id, rows, change, before -> finite(() -> moments.mergedWith(before, calibration)));
    Calibration after =
        merge.repeated()
            ? merge.calibration()
            : probed(served, batch, calibration.samples(), merge);
    return new Added(progress(after, merge.layers()), merge.repeated());
  }

  /** By the batch's own mean and variance, with the γ and β that the base has. */
  private static Normalization asInTraining(RunningStatistics base) {
    return new Normalization.Blend(base, 0, BlendMethod.LINEAR);
  }

  /** The batch is counted by then: whatever keeps it from being a probe must not refuse it. */
  private Calibration probed(
      ServedModel served, InferenceRequest batch, long before, CalibrationStore.Merge merge) {
    Calibration calibration = merge.calibration();
    if (!certificates.probesBatchesOf(calibration)) {
      return calibration;
    }
    try {
      ProbeTally tally = certificates.answer(served, batch, calibration, merge.layers(), before);
      if (tally == null) {
        return calibration;
      }
      store.probed(calibration.id(), probing -> probing.plus(tally));
      return calibration.with(0, 0, calibration.probing().plus(tally));
    } catch (RuntimeException e) {
      LOG.debug("a batch of calibration {} is no probe", calibration.id(), e);
      return calibration;
    }
  }

  /**
   * Answers rows by the estimate so far, and by two estimates from a half of its rows each: what
   * the certificate says of answers is of these rows from now on.
   *
   * @throws ServingException.Conflict if there is no batch yet, or it is published
   * @throws ServingException.Invalid if there are too few rows, or the network has no class scores
   */
  public Progress probe(String model, String id, InferenceRequest rows) {
    Calibration calibration = find(model, id);
    ServedModel served = served(calibration);
    if (calibration.publishedRevision() != null) {
      throw new ServingException.Conflict(
          "calibration '%s' is published, and its certificate with it: begin another one"
              .formatted(id));
    }
    CalibrationStore.Snapshot snapshot = store.snapshot(id);
    if (snapshot.layers().isEmpty()) {
      throw new ServingException.Conflict(
          "calibration '%s' has no batch, and so nothing to probe yet: add batches".formatted(id));
    }
    ProbeTally tally = certificates.probe(served, rows, snapshot.calibration(), snapshot.layers());
    store.probed(id, _ -> Probing.of(tally));
    return get(model, id);
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
    return CalibrationMoments.of(
        snapshot.calibration(), baseSha256(snapshot.calibration()), snapshot.layers());
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
    given.requireLike(calibration, baseSha256(calibration));
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

  /** Of the base, where it has γ and β of its own: without them it makes no difference. */
  private @Nullable String baseSha256(Calibration calibration) {
    if (calibration.base().equals(RevisionName.IMPORTED)) {
      return null;
    }
    RunningStatistics base = catalog.unbound(served(calibration), calibration.base());
    return base.layers().values().stream().allMatch(layer -> layer.affine() == null)
        ? null
        : StatisticsBytes.sha256(base);
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
   * @throws ServingException.Conflict if there are too few samples, or it is to be activated and
   *     its certificate says that it is harmful
   */
  public Progress publish(String model, String id, Publication publication, String by) {
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
                          revision(served, find(model, id), layers, publication, by),
                          null)
                      .name();
              if (publication.activate()) {
                activation.set(activations.activate(network, name, by));
              }
              return name.revision();
            });
    catalog.takeUp(served, activation.get());
    return progress(published.calibration(), published.layers());
  }

  /**
   * How an estimate becomes a revision.
   *
   * @param activate whether it becomes active in the same transaction
   * @param force whether even if its certificate says that it is harmful
   * @param source where it comes from, in the caller's words
   */
  public record Publication(boolean activate, boolean force, String source) {}

  private NewRevision revision(
      ServedModel served,
      Calibration calibration,
      List<CalibrationLayer> layers,
      Publication publication,
      String by) {
    Certificate certificate = certificates.of(served, calibration, layers);
    if (publication.activate()
        && !publication.force()
        && certificate != null
        && certificate.verdict() == Verdict.HARMFUL) {
      throw new ServingException.Conflict(
          "calibration '%s' is not activated, for its certificate says that it is harmful: %s; or publish it without \"activate\", or with \"force\": true"
              .formatted(calibration.id(), certificate.why(Verdict.HARMFUL)));
    }
    RunningStatistics base = catalog.unbound(served, calibration.base());
    String source = publication.source();
    long samples = 0;
    try {
      RunningStatistics statistics = CalibrationCertificates.estimate(layers, base);
      for (CalibrationLayer layer : layers) {
        samples = Math.max(samples, layer.variation().rows().count());
      }
      return new NewRevision(
          statistics,
          by,
          source.isEmpty() ? "calibration " + calibration.id() : source,
          samples,
          calibration.varianceConvention(),
          certificate);
    } catch (IllegalArgumentException e) {
      throw new ServingException.Invalid(String.valueOf(e.getMessage()), e);
    }
  }

  private Progress progress(Calibration calibration, List<CalibrationLayer> layers) {
    return new Progress(
        calibration,
        layers,
        CalibrationCertificates.warnings(layers),
        certificates.find(calibration, layers));
  }
}
