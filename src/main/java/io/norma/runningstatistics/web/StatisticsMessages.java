package io.norma.runningstatistics.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.norma.http.codec.Words;
import io.norma.kernel.statistics.AffineParameters;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.LayerDistance;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.runningstatistics.Activation;
import io.norma.runningstatistics.AgreementMonitor;
import io.norma.runningstatistics.ComparisonService;
import io.norma.runningstatistics.DriftMonitor;
import io.norma.runningstatistics.RevisionMetadata;
import io.norma.runningstatistics.RevisionName;
import io.norma.runningstatistics.RunningStatisticsService;
import io.norma.runningstatistics.RunningStatisticsService.Loaded;
import io.norma.runningstatistics.StatisticsWarning;
import io.norma.runningstatistics.TrafficSplit;
import io.norma.runningstatistics.certificate.Certificate;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** What the routes around running statistics answer. */
public final class StatisticsMessages {
  private StatisticsMessages() {}

  /** A set in a list. */
  @JsonNaming(SnakeCaseStrategy.class)
  public record SetEntry(String set, int revisions, Revision newest) {}

  /** A revision, with or without its numbers. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Revision(
      String set,
      int revision,
      String sha256,
      @Nullable Instant createdAt,
      String createdBy,
      String source,
      @Nullable Long sampleCount,
      String varianceConvention,
      long channels,
      @Nullable List<String> ignored,
      @Nullable List<StatisticsWarning> warnings,
      @Nullable Certificate certificate,
      @Nullable Map<String, Layer> layers) {
    /** Without numbers. */
    public static Revision of(RevisionMetadata metadata) {
      return of(metadata, null, null, null);
    }

    /** With what was sent along and not taken, and what was found about it. */
    public static Revision of(Loaded loaded, List<String> ignored) {
      return of(loaded.metadata(), ignored.isEmpty() ? null : ignored, loaded.warnings(), null);
    }

    /** With its numbers. */
    public static Revision of(RevisionMetadata metadata, RunningStatistics statistics) {
      Map<String, Layer> layers = new LinkedHashMap<>();
      for (Map.Entry<String, ChannelStatistics> layer : statistics.layers().entrySet()) {
        layers.put(layer.getKey(), Layer.of(layer.getValue()));
      }
      return of(metadata, null, null, layers);
    }

    private static Revision of(
        RevisionMetadata metadata,
        @Nullable List<String> ignored,
        @Nullable List<StatisticsWarning> warnings,
        @Nullable Map<String, Layer> layers) {
      return new Revision(
          metadata.name().set(),
          metadata.name().revision(),
          metadata.sha256(),
          metadata.createdAt(),
          metadata.createdBy(),
          metadata.source(),
          metadata.sampleCount(),
          Words.of(metadata.varianceConvention()),
          metadata.channels(),
          ignored,
          warnings,
          metadata.certificate(),
          layers);
    }
  }

  /** The vectors of one layer; γ and β where they are not the network's. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Layer(
      float[] mean, float[] variance, float @Nullable [] gamma, float @Nullable [] beta) {
    static Layer of(ChannelStatistics statistics) {
      AffineParameters affine = statistics.affine();
      return new Layer(
          statistics.mean(),
          statistics.variance(),
          affine == null ? null : affine.gamma(),
          affine == null ? null : affine.beta());
    }
  }

  /** What is active; with a split where several revisions share the requests. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Active(
      String set, int revision, @Nullable List<Share> split, @Nullable List<Agreement> agreement) {
    /** Of what is served. */
    public static Active of(RunningStatisticsService.Active active) {
      RevisionName primary = active.split().primary();
      return new Active(
          primary.set(),
          primary.revision(),
          shares(active.split()),
          active.split().isWhole()
              ? null
              : active.agreement().stream().map(Agreement::of).toList());
    }
  }

  /** How far another revision of a split agrees with the active one. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Agreement(
      String runningStatistics,
      String other,
      long rows,
      long sameAnswers,
      @Nullable Double meanAbsoluteDifference) {
    static Agreement of(AgreementMonitor.Agreement agreement) {
      long rows = agreement.rows();
      return new Agreement(
          agreement.pair().active().toString(),
          agreement.pair().other().toString(),
          rows,
          agreement.sameAnswers(),
          rows == 0 ? null : agreement.absoluteDifference() / rows);
    }
  }

  /** What one of several revisions gets, in percent. */
  public record Share(String set, int revision, BigDecimal weight) {}

  private static @Nullable List<Share> shares(TrafficSplit split) {
    return split.isWhole()
        ? null
        : split.shares().stream()
            .map(share -> new Share(share.name().set(), share.name().revision(), share.percent()))
            .toList();
  }

  /** An activation in the history. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record ActivationEntry(
      String set,
      int revision,
      @Nullable List<Share> split,
      Instant activatedAt,
      String activatedBy,
      boolean rollback,
      @Nullable Certificate certificate,
      @Nullable String reason) {
    /** Of a stored one. */
    public static ActivationEntry of(Activation activation) {
      return new ActivationEntry(
          activation.name().set(),
          activation.name().revision(),
          shares(activation.split()),
          activation.activatedAt(),
          activation.activatedBy(),
          activation.isRollback(),
          activation.certificate(),
          activation.reason());
    }
  }

  /** Distances between two revisions. */
  public record Comparison(String from, String to, List<Distance> layers) {
    /** Of a compared pair. */
    public static Comparison of(ComparisonService.Comparison comparison) {
      return new Comparison(
          comparison.from().toString(),
          comparison.to().toString(),
          comparison.layers().stream()
              .map(layer -> Distance.of(layer.name(), layer.distance(), layer.affine()))
              .toList());
    }
  }

  /** How far a layer is: {@link LayerDistance} in words. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Distance(
      String layer,
      double symmetricKl,
      double largestSymmetricKl,
      double wasserstein2,
      double largestMeanShift,
      int shiftedChannel,
      double largestVarianceRatio,
      int rescaledChannel,
      @Nullable Double largestGammaDifference,
      @Nullable Double largestBetaDifference) {
    static Distance of(String layer, LayerDistance distance) {
      return of(layer, distance, null);
    }

    static Distance of(
        String layer, LayerDistance distance, ComparisonService.@Nullable AffineDistance affine) {
      return new Distance(
          layer,
          distance.symmetricKullbackLeibler(),
          distance.largestSymmetricKullbackLeibler(),
          distance.wasserstein2(),
          distance.largestMeanShift(),
          distance.shiftedChannel(),
          distance.largestVarianceRatio(),
          distance.rescaledChannel(),
          affine == null ? null : affine.gamma(),
          affine == null ? null : affine.beta());
    }
  }

  /** What a batch's answers differ in under two revisions. */
  public record Preview(String from, String to, int rows, List<Output> outputs) {
    /** Of a computed one. */
    public static Preview of(ComparisonService.Preview preview) {
      return new Preview(
          preview.from().toString(),
          preview.to().toString(),
          preview.rows(),
          preview.outputs().stream()
              .map(output ->
                  new Output(output.name(), output.changedAnswers(), output.largestDifference()))
              .toList());
    }
  }

  /** How one output differs. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Output(String name, @Nullable Double changedAnswers, double largestDifference) {}

  /** Drift of a model version. */
  @JsonNaming(SnakeCaseStrategy.class)
  public record Drift(
      String model,
      String version,
      double sampleRate,
      double windowSeconds,
      List<RevisionDrift> runningStatistics) {}

  /** Drift from one revision; without layers while there are too few samples. */
  @JsonNaming(SnakeCaseStrategy.class)
  public record RevisionDrift(
      String runningStatistics, long samples, long minimumSamples, List<Distance> layers) {
    /** Of a watched one. */
    public static RevisionDrift of(DriftMonitor.Drift drift) {
      return new RevisionDrift(
          drift.name().toString(),
          drift.samples(),
          drift.minimumSamples(),
          drift.layers().stream()
              .map(layer -> Distance.of(layer.layer(), layer.distance()))
              .toList());
    }
  }
}
