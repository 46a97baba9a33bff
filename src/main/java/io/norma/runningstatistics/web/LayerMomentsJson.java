package io.norma.runningstatistics.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.MeanOfBatchesEstimate;
import io.norma.kernel.statistics.PooledEstimate;
import io.norma.kernel.statistics.RunVariation;
import io.norma.kernel.statistics.SplitHalves;
import io.norma.runningstatistics.CalibrationLayer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * One layer's moments in JSON. Which fields there are is a matter of the estimator.
 *
 * @param count values per channel; of pooled moments
 * @param mean of all values, or of the batches' means
 * @param sumOfSquaredDeviations of pooled moments
 * @param variance mean of the batches' variances; of means of batches
 * @param remainders what rounding to double leaves over; may be absent
 * @param rows what tells whether neighbouring rows are alike
 * @param halves what tells how much is chance; may be absent
 */
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
record LayerMomentsJson(
    @Nullable Long channels,
    @Nullable Long count,
    double @Nullable [] mean,
    double @Nullable [] sumOfSquaredDeviations,
    double @Nullable [] variance,
    @Nullable Remainders remainders,
    @Nullable Rows rows,
    @Nullable Halves halves) {
  static LayerMomentsJson of(CalibrationLayer layer) {
    long channels = layer.variation().rows().channels();
    Rows rows = Rows.of(layer.variation());
    Halves halves = Halves.of(layer.halves());
    return switch (layer.estimate()) {
      case PooledEstimate pooled ->
          new LayerMomentsJson(
              channels,
              pooled.moments().count(),
              pooled.moments().mean(),
              pooled.moments().sumOfSquaredDeviations(),
              null,
              new Remainders(
                  pooled.meanRemainder().terms(), pooled.deviationsRemainder().terms(), null),
              rows,
              halves);
      case MeanOfBatchesEstimate means ->
          new LayerMomentsJson(
              channels,
              null,
              means.mean(),
              null,
              means.variance(),
              new Remainders(
                  means.meanRemainder().terms(), null, means.varianceRemainder().terms()),
              rows,
              halves);
    };
  }

  /** Vectors whose sum is what the field of the same name leaves over. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Remainders(
      double @Nullable [][] mean,
      double @Nullable [][] sumOfSquaredDeviations,
      double @Nullable [][] variance) {}

  /** A {@link SplitHalves}. */
  record Halves(@Nullable Half first, @Nullable Half second) {
    private static @Nullable Halves of(SplitHalves halves) {
      return halves.count() == 0
          ? null
          : new Halves(Half.of(halves.first()), Half.of(halves.second()));
    }
  }

  /** The moments of every other row. */
  @JsonNaming(SnakeCaseStrategy.class)
  record Half(
      @Nullable Long count, double @Nullable [] mean, double @Nullable [] sumOfSquaredDeviations) {
    private static Half of(ChannelMoments moments) {
      return new Half(moments.count(), moments.mean(), moments.sumOfSquaredDeviations());
    }
  }

  /** A {@link RunVariation}. */
  @JsonNaming(SnakeCaseStrategy.class)
  record Rows(
      @Nullable Long runs,
      @Nullable Long count,
      double @Nullable [] mean,
      double @Nullable [] sumOfSquaredDeviations,
      double @Nullable [] withinRuns) {
    private static Rows of(RunVariation variation) {
      ChannelMoments rows = variation.rows();
      return new Rows(
          variation.runs(),
          rows.count(),
          rows.mean(),
          rows.sumOfSquaredDeviations(),
          variation.withinRuns());
    }
  }
}
