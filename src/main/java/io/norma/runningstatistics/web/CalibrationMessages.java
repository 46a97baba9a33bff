package io.norma.runningstatistics.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.norma.http.codec.Words;
import io.norma.runningstatistics.Calibration;
import io.norma.runningstatistics.CalibrationLayer;
import io.norma.runningstatistics.CalibrationService;
import io.norma.runningstatistics.certificate.Certificate;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** What the routes around calibrations answer. */
public final class CalibrationMessages {
  private CalibrationMessages() {}

  /**
   * How far a calibration is; without layers and warnings in lists and events.
   *
   * @param sha256 of the network that the batches run through
   * @param repeated after a batch was added: whether it had been before, under the same key
   */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Progress(
      String id,
      String model,
      String version,
      String sha256,
      String set,
      String base,
      String estimator,
      String varianceConvention,
      long minimumSamples,
      Instant createdAt,
      String createdBy,
      String state,
      long batches,
      long samples,
      @Nullable String published,
      @Nullable List<Layer> layers,
      @Nullable List<String> warnings,
      @Nullable Certificate certificate,
      @Nullable Boolean repeated) {
    /** With its layers. */
    public static Progress of(CalibrationService.Progress progress) {
      return of(progress, null);
    }

    /** After a batch was added. */
    public static Progress of(CalibrationService.Added added) {
      return of(added.progress(), added.repeated());
    }

    private static Progress of(CalibrationService.Progress progress, @Nullable Boolean repeated) {
      return of(
          progress.calibration(),
          progress.layers().stream().map(Layer::of).toList(),
          progress.warnings(),
          progress.certificate(),
          repeated);
    }

    /** Without them. */
    public static Progress of(Calibration calibration) {
      return of(calibration, null, null, null, null);
    }

    private static Progress of(
        Calibration calibration,
        @Nullable List<Layer> layers,
        @Nullable List<String> warnings,
        @Nullable Certificate certificate,
        @Nullable Boolean repeated) {
      Integer published = calibration.publishedRevision();
      String state =
          published != null
              ? "published"
              : calibration.samples() >= calibration.minimumSamples() ? "ready" : "collecting";
      return new Progress(
          calibration.id(),
          calibration.network().model(),
          Long.toString(calibration.network().version()),
          calibration.network().sha256(),
          calibration.set(),
          calibration.base().toString(),
          Words.of(calibration.estimator()),
          Words.of(calibration.varianceConvention()),
          calibration.minimumSamples(),
          calibration.createdAt(),
          calibration.createdBy(),
          state,
          calibration.batches(),
          calibration.samples(),
          published == null ? null : calibration.set() + "@" + published,
          layers,
          warnings,
          certificate,
          repeated);
    }
  }

  /**
   * A layer's estimate.
   *
   * @param movement how far the last batch moved it: symmetric Kullback-Leibler divergence, mean
   *     over the channels, in nats
   * @param runVariation how much runs of neighbouring rows differ, 1 for rows in random order;
   *     absent while it cannot be told
   */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Layer(String layer, double movement, @Nullable Double runVariation) {
    static Layer of(CalibrationLayer layer) {
      double ratio = layer.variation().medianRatio();
      return new Layer(layer.layer(), layer.movement(), Double.isFinite(ratio) ? ratio : null);
    }
  }
}
