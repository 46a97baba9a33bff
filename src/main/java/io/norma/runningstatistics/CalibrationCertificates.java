package io.norma.runningstatistics;

import io.norma.inference.InferenceService;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunVariation;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.network.BatchNormalizationLayer;
import io.norma.runningstatistics.certificate.Certificate;
import io.norma.runningstatistics.certificate.CertificateRules;
import io.norma.runningstatistics.certificate.CertifiedLayer;
import io.norma.runningstatistics.certificate.Probe;
import io.norma.runningstatistics.certificate.ProbeTally;
import io.norma.runningstatistics.certificate.SampleGuard;
import io.norma.serving.InferenceRequest;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is told of calibrations: how the network answers by an estimate, and if it is fit for use.
 */
final class CalibrationCertificates {
  private final ModelRepository repository;
  private final StatisticsCatalog catalog;
  private final CertificateRules rules;
  private final Probe probe;

  CalibrationCertificates(
      ModelRepository repository,
      StatisticsCatalog catalog,
      CertificateRules rules,
      InferenceService inference) {
    this.repository = repository;
    this.catalog = catalog;
    this.rules = rules;
    probe = new Probe(inference);
  }

  /** Whether a batch is to be a probe, too. */
  boolean probesBatchesOf(Calibration calibration) {
    return rules.probeBatches() && !calibration.probing().given();
  }

  /** Why the rows so far look biased, in words; nothing if they don't. */
  static List<String> warnings(List<CalibrationLayer> layers) {
    Map<String, RunVariation> variations = new LinkedHashMap<>();
    layers.forEach(layer -> variations.put(layer.layer(), layer.variation()));
    return SampleGuard.warnings(variations);
  }

  /**
   * Answers rows that are sent as a probe.
   *
   * @throws ServingException.Invalid if there are too few rows, or the network has no class scores
   */
  ProbeTally probe(
      ServedModel served,
      InferenceRequest rows,
      Calibration calibration,
      List<CalibrationLayer> layers) {
    int count = served.rows(rows);
    if (count < rules.fewestProbeRows()) {
      throw new ServingException.Invalid(
          "a probe must have at least %d rows (norma.certificates.fewest-probe-rows), but has %d: send more"
              .formatted(rules.fewestProbeRows(), count));
    }
    ProbeTally tally = answer(served, rows, calibration, layers, calibration.samples());
    if (tally == null) {
      throw new ServingException.Invalid(
          "model '%s' has no output of shape (rows, classes), so no answers to probe: its certificate has the other parts"
              .formatted(served.name()));
    }
    return tally;
  }

  /**
   * Answers rows by the estimate so far, its halves and the base.
   *
   * @param before samples that the calibration had before these rows
   * @return {@code null} if the network has no class scores
   */
  @Nullable ProbeTally answer(
      ServedModel served,
      InferenceRequest rows,
      Calibration calibration,
      List<CalibrationLayer> layers,
      long before) {
    RunningStatistics base = catalog.unbound(served, calibration.base());
    VarianceConvention convention = calibration.varianceConvention();
    boolean halves = layers.stream().allMatch(layer -> layer.halves().haveVariances());
    return probe.run(
        served,
        rows,
        new Probe.Estimates(
            estimate(layers, base),
            halves
                ? statistics(layers, base, layer -> layer.halves().firstStatistics(convention))
                : null,
            halves
                ? statistics(layers, base, layer -> layer.halves().secondStatistics(convention))
                : null,
            base),
        before);
  }

  /** The estimate, with the base's γ and β. */
  static RunningStatistics estimate(List<CalibrationLayer> layers, RunningStatistics base) {
    return statistics(layers, base, layer -> layer.estimate().statistics());
  }

  private static RunningStatistics statistics(
      List<CalibrationLayer> layers,
      RunningStatistics base,
      Function<CalibrationLayer, ChannelStatistics> of) {
    Map<String, ChannelStatistics> byName = new LinkedHashMap<>();
    for (CalibrationLayer layer : layers) {
      ChannelStatistics before = base.layers().get(layer.layer());
      byName.put(
          layer.layer(), of.apply(layer).withAffine(before == null ? null : before.affine()));
    }
    return new RunningStatistics(byName);
  }

  /** None where the network, or what the calibration began from, is not there any more. */
  @Nullable Certificate find(Calibration calibration, List<CalibrationLayer> layers) {
    NetworkIdentity network = calibration.network();
    if (!(repository.find(network.model(), network.version())
            instanceof ModelRepository.State.Ready(ServedModel served))
        || !served.identity().equals(network)) {
      return null;
    }
    try {
      return of(served, calibration, layers);
    } catch (ServingException.NotFound e) {
      return null;
    }
  }

  /**
   * Of a calibration.
   *
   * @return {@code null} before the first batch
   */
  @Nullable Certificate of(
      ServedModel served, Calibration calibration, List<CalibrationLayer> layers) {
    if (layers.isEmpty()) {
      return null;
    }
    RunningStatistics base = catalog.unbound(served, calibration.base());
    Map<String, BatchNormalizationLayer> byName =
        served.network().batchNormalizations().stream()
            .collect(Collectors.toMap(BatchNormalizationLayer::name, Function.identity()));
    List<CertifiedLayer> certified = new ArrayList<>();
    for (CalibrationLayer layer : layers) {
      BatchNormalizationLayer own = byName.get(layer.layer());
      if (own != null) {
        certified.add(
            CertifiedLayer.of(
                own,
                layer.estimate().statistics(),
                layer.halves(),
                calibration.varianceConvention(),
                layer.movement(),
                base.layers().get(layer.layer())));
      }
    }
    return rules.certificate(
        calibration.samples(),
        calibration.base().toString(),
        certified,
        calibration.probing(),
        warnings(layers));
  }
}
