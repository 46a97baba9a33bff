package io.norma.runningstatistics;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.MeanOfBatchesEstimate;
import io.norma.kernel.statistics.PooledEstimate;
import io.norma.kernel.statistics.Remainder;
import io.norma.kernel.statistics.RunVariation;
import io.norma.kernel.statistics.StatisticsEstimate;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.serving.NamedTensor;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All of a calibration that it takes to merge it into another one of the same network: sums over
 * its batches, and nothing of any row.
 *
 * <p>The sums are exact ({@link PooledEstimate}, {@link MeanOfBatchesEstimate}), so that merging is
 * associative and commutative to the last bit: whichever calibration takes in whichever, what they
 * come to together depends on the batches alone.
 *
 * @param network that the batches ran through; which one it is its checksum says, for sites may
 *     serve it under names of their own
 * @param baseSha256 checksum of the statistics whose γ and β the batches ran with; {@code null} for
 *     the network's own
 * @param batches how many there were
 * @param samples rows of all batches
 * @param layers in any order
 */
public record CalibrationMoments(
    NetworkIdentity network,
    @Nullable String baseSha256,
    Estimator estimator,
    VarianceConvention varianceConvention,
    long batches,
    long samples,
    List<CalibrationLayer> layers) {
  /** As many as can be counted in an integer that JSON carries. */
  private static final long MOST_SAMPLES = (1L << 53) - 1;

  static CalibrationMoments of(
      Calibration calibration, @Nullable String baseSha256, List<CalibrationLayer> layers) {
    return new CalibrationMoments(
        calibration.network(),
        baseSha256,
        calibration.estimator(),
        calibration.varianceConvention(),
        calibration.batches(),
        calibration.samples(),
        layers);
  }

  /**
   * Makes sure that they are of the network of a calibration, and estimated as it estimates.
   *
   * @param ownBase as {@link #baseSha256} of the calibration
   * @throws ServingException.Conflict if not
   */
  void requireLike(Calibration calibration, @Nullable String ownBase) {
    NetworkIdentity begun = calibration.network();
    if (!network.sha256().equals(begun.sha256())) {
      throw new ServingException.Conflict(
          "calibration '%s' was begun for the network of model '%s' version %d with SHA-256 %s, but"
                  .formatted(calibration.id(), begun.model(), begun.version(), begun.sha256())
              + " the moments are of model '%s' version %d with %s: only moments of the same network merge"
                  .formatted(network.model(), network.version(), network.sha256()));
    }
    if (!Objects.equals(baseSha256, ownBase)) {
      throw new ServingException.Conflict(
          "calibration '%s' runs batches with gamma and beta of %s, but the moments come from those of %s: begin one with that base"
              .formatted(calibration.id(), named(ownBase), named(baseSha256)));
    }
    if (estimator != calibration.estimator()) {
      throw new ServingException.Conflict(
          "calibration '%s' estimates by '%s', but the moments are of '%s': begin one with that estimator"
              .formatted(calibration.id(), word(calibration.estimator()), word(estimator)));
    }
    if (samples > MOST_SAMPLES - calibration.samples()) {
      throw new ServingException.InvalidField(
          "samples",
          "'samples' together with the %d that are there must not be more than %d, but is %d"
              .formatted(calibration.samples(), MOST_SAMPLES, samples));
    }
    // Pooled moments are not divided by anything yet.
    if (estimator == Estimator.MEAN_OF_BATCHES
        && varianceConvention != calibration.varianceConvention()) {
      throw new ServingException.Conflict(
          "calibration '%s' has variances that are '%s', but the moments' are '%s': begin one with that variance_convention"
              .formatted(
                  calibration.id(),
                  word(calibration.varianceConvention()),
                  word(varianceConvention)));
    }
  }

  private static String named(@Nullable String base) {
    return base == null ? "the network" : "the statistics with SHA-256 " + base;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /**
   * These in the order of a network's layers, with their sums in the one form that an estimate has.
   *
   * @throws ServingException.InvalidField if they are not of just these layers with as many
   *     channels, or are no moments of finite values
   */
  CalibrationMoments fitting(List<BatchNormalizationLayer> network) {
    Set<String> names =
        network.stream().map(BatchNormalizationLayer::name).collect(Collectors.toSet());
    Map<String, CalibrationLayer> byName = new HashMap<>();
    for (CalibrationLayer layer : layers) {
      byName.put(layer.layer(), layer);
      if (!names.contains(layer.layer())) {
        throw invalid(
            layer.layer(),
            "",
            "is no batch normalization of the network; the nearest names are "
                + LayerFit.nearest(network, layer.layer()));
      }
    }
    List<CalibrationLayer> fitting = new ArrayList<>();
    for (BatchNormalizationLayer layer : network) {
      CalibrationLayer own = byName.get(layer.name());
      if (own == null) {
        throw invalid(layer.name(), "", "is missing");
      }
      int channels = own.variation().rows().channels();
      if (channels != layer.channels()) {
        throw invalid(
            layer.name(),
            ".channels",
            "must be %d, but is %d".formatted(layer.channels(), channels));
      }
      fitting.add(
          new CalibrationLayer(
              own.layer(), normalized(own), own.variation(), own.halves(), own.movement()));
    }
    return new CalibrationMoments(
        this.network, baseSha256, estimator, varianceConvention, batches, samples, fitting);
  }

  private StatisticsEstimate normalized(CalibrationLayer layer) {
    try {
      StatisticsEstimate estimate =
          estimator
              .empty(layer.variation().rows().channels(), varianceConvention)
              .merge(layer.estimate());
      // What could never be published must not spoil what it is merged with.
      estimate.statistics();
      return estimate;
    } catch (IllegalArgumentException e) {
      throw invalid(layer.layer(), "", "could never be published: " + e.getMessage());
    }
  }

  private static ServingException.InvalidField invalid(String layer, String field, String message) {
    String path = "layers." + layer + field;
    return new ServingException.InvalidField(path, "'%s' %s".formatted(path, message));
  }

  /** Layers with these moments merged into them; {@code before} is empty before the first batch. */
  List<CalibrationLayer> mergedWith(
      List<CalibrationLayer> before,
      List<BatchNormalizationLayer> network,
      Calibration calibration) {
    List<CalibrationLayer> after = new ArrayList<>();
    for (int i = 0; i < network.size(); i++) {
      CalibrationLayer own = layers.get(i);
      if (before.isEmpty()) {
        StatisticsEstimate first =
            estimator
                .empty(network.get(i).channels(), calibration.varianceConvention())
                .merge(own.estimate());
        after.add(new CalibrationLayer(own.layer(), first, own.variation(), own.halves(), 0));
      } else {
        CalibrationLayer last = calibration.requireLayer(own.layer(), before, i);
        after.add(
            last.with(
                last.estimate().merge(own.estimate()),
                own.variation(),
                own.halves(),
                network.get(i).epsilon()));
      }
    }
    return after;
  }

  /** All that is merged, as an idempotency key stands for it. */
  List<NamedTensor> parts() {
    List<NamedTensor> parts = new ArrayList<>();
    parts.add(new NamedTensor("moments", Tensor.of(Shape.of(2), batches, samples)));
    for (CalibrationLayer layer : layers) {
      RunVariation variation = layer.variation();
      switch (layer.estimate()) {
        case PooledEstimate pooled -> {
          add(parts, layer, pooled.moments());
          add(parts, layer, pooled.meanRemainder(), pooled.deviationsRemainder());
        }
        case MeanOfBatchesEstimate means -> {
          add(parts, layer, means.mean(), means.variance());
          add(parts, layer, means.meanRemainder(), means.varianceRemainder());
        }
      }
      add(parts, layer, variation.rows());
      parts.add(new NamedTensor(layer.layer(), Tensor.of(Shape.of(1), variation.runs())));
      add(parts, layer, variation.withinRuns());
    }
    return parts;
  }

  private static void add(List<NamedTensor> parts, CalibrationLayer layer, ChannelMoments moments) {
    parts.add(new NamedTensor(layer.layer(), Tensor.of(Shape.of(1), moments.count())));
    add(parts, layer, moments.mean(), moments.sumOfSquaredDeviations());
  }

  private static void add(
      List<NamedTensor> parts, CalibrationLayer layer, Remainder... remainders) {
    for (Remainder remainder : remainders) {
      add(parts, layer, remainder.flat());
    }
  }

  private static void add(List<NamedTensor> parts, CalibrationLayer layer, double[]... vectors) {
    for (double[] vector : vectors) {
      parts.add(new NamedTensor(layer.layer(), Tensor.of(Shape.of(vector.length), vector)));
    }
  }
}
