package io.norma.runningstatistics.web;

import io.norma.http.codec.Json;
import io.norma.http.codec.Words;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.MeanOfBatchesEstimate;
import io.norma.kernel.statistics.PooledEstimate;
import io.norma.kernel.statistics.Remainder;
import io.norma.kernel.statistics.RunVariation;
import io.norma.kernel.statistics.SplitHalves;
import io.norma.kernel.statistics.StatisticsEstimate;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.CalibrationLayer;
import io.norma.serving.ServingException;
import java.lang.reflect.Array;
import org.jspecify.annotations.Nullable;

/** Holds a layer's moments to what moments can be, field by field. */
final class LayerMomentsReader {
  private static final LayerMomentsJson.Remainders NONE =
      new LayerMomentsJson.Remainders(null, null, null);

  private final String layer;
  private final LayerMomentsJson json;
  private final LayerMomentsJson.Remainders remainders;
  private final int channels;

  /**
   * Of one layer.
   *
   * @param layer its name
   * @throws ServingException.InvalidField if it does not say how many channels there are
   */
  LayerMomentsReader(String layer, LayerMomentsJson json) {
    this.layer = layer;
    this.json = json;
    remainders = json.remainders() == null ? NONE : json.remainders();
    channels = (int) whole("channels", json.channels(), 1, Integer.MAX_VALUE);
  }

  /**
   * What it says.
   *
   * @param batches that all layers met
   * @throws ServingException.InvalidField if a field is missing, is one too many, or cannot be so
   */
  CalibrationLayer read(Estimator estimator, VarianceConvention convention, long batches) {
    RunVariation variation = variation(batches);
    StatisticsEstimate estimate =
        switch (estimator) {
          case POOLED -> pooled(convention, batches, variation.rows().count());
          case MEAN_OF_BATCHES -> meanOfBatches(convention, batches);
        };
    return new CalibrationLayer(layer, estimate, variation, halves(), 0);
  }

  private RunVariation variation(long batches) {
    LayerMomentsJson.Rows rows = json.rows();
    if (rows == null) {
      throw missing("rows");
    }
    // Each batch has a run of rows at least, and each run a row.
    long runs = whole("rows.runs", rows.runs(), batches, Json.LARGEST_INTEGER);
    long count = whole("rows.count", rows.count(), runs, Json.LARGEST_INTEGER);
    return new RunVariation(
        runs,
        new ChannelMoments(
            count,
            vector("rows.mean", rows.mean()),
            notNegative("rows.sum_of_squared_deviations", rows.sumOfSquaredDeviations())),
        notNegative("rows.within_runs", rows.withinRuns()));
  }

  /** Generated clients write what nobody filled as objects without fields. */
  private SplitHalves halves() {
    LayerMomentsJson.Halves halves = json.halves();
    if (halves == null || halves.first() == null || halves.second() == null) {
      return SplitHalves.empty(channels);
    }
    return new SplitHalves(
        half("halves.first", halves.first()), half("halves.second", halves.second()));
  }

  private ChannelMoments half(String field, LayerMomentsJson.Half half) {
    return new ChannelMoments(
        whole(field + ".count", half.count(), 0, Json.LARGEST_INTEGER),
        vector(field + ".mean", half.mean()),
        notNegative(field + ".sum_of_squared_deviations", half.sumOfSquaredDeviations()));
  }

  private PooledEstimate pooled(VarianceConvention convention, long batches, long rows) {
    refuse("variance", json.variance(), Estimator.POOLED);
    refuse("remainders.variance", remainders.variance(), Estimator.POOLED);
    // Training mode needs two values per channel and batch, and each row has one.
    long fewest = Math.max(2 * batches, rows);
    return new PooledEstimate(
        new ChannelMoments(
            whole("count", json.count(), fewest, Json.LARGEST_INTEGER),
            vector("mean", json.mean()),
            notNegative("sum_of_squared_deviations", json.sumOfSquaredDeviations())),
        remainder("mean", remainders.mean()),
        remainder("sum_of_squared_deviations", remainders.sumOfSquaredDeviations()),
        convention);
  }

  private MeanOfBatchesEstimate meanOfBatches(VarianceConvention convention, long batches) {
    refuse("count", json.count(), Estimator.MEAN_OF_BATCHES);
    refuse("sum_of_squared_deviations", json.sumOfSquaredDeviations(), Estimator.MEAN_OF_BATCHES);
    refuse(
        "remainders.sum_of_squared_deviations",
        remainders.sumOfSquaredDeviations(),
        Estimator.MEAN_OF_BATCHES);
    return new MeanOfBatchesEstimate(
        batches,
        vector("mean", json.mean()),
        notNegative("variance", json.variance()),
        remainder("mean", remainders.mean()),
        remainder("variance", remainders.variance()),
        convention);
  }

  /** Generated clients write an array that nobody filled as an empty one. */
  private void refuse(String field, @Nullable Object value, Estimator estimator) {
    if (value != null && !(value.getClass().isArray() && Array.getLength(value) == 0)) {
      throw invalid(field, "is no field of moments by '" + Words.of(estimator) + "'");
    }
  }

  private long whole(String field, @Nullable Long value, long least, long most) {
    if (value == null) {
      throw missing(field);
    }
    if (value < least || value > most) {
      throw invalid(
          field, "must be an integer from %d to %d, but is %d".formatted(least, most, value));
    }
    return value;
  }

  private double[] vector(String field, double @Nullable [] vector) {
    if (vector == null) {
      throw missing(field);
    }
    if (vector.length != channels) {
      throw invalid(
          field, "expected %d numbers, one per channel, got %d".formatted(channels, vector.length));
    }
    return vector;
  }

  private double[] notNegative(String field, double @Nullable [] given) {
    double[] vector = vector(field, given);
    for (int c = 0; c < vector.length; c++) {
      if (vector[c] < 0) {
        throw invalid(
            field + "[" + c + "]", "must be 0 or more, but is " + Json.described(vector[c]));
      }
    }
    return vector;
  }

  private Remainder remainder(String of, double @Nullable [][] terms) {
    String field = "remainders." + of;
    if (terms == null) {
      return Remainder.NONE;
    }
    if (terms.length > Remainder.MOST_TERMS) {
      throw invalid(
          field,
          "expected at most %d vectors, got %d".formatted(Remainder.MOST_TERMS, terms.length));
    }
    for (int k = 0; k < terms.length; k++) {
      vector(field + "[" + k + "]", terms[k]);
    }
    return new Remainder(terms);
  }

  private ServingException missing(String field) {
    return invalid(field, "is missing");
  }

  private ServingException invalid(String field, String message) {
    return Json.invalid("layers." + layer + "." + field, message);
  }
}
