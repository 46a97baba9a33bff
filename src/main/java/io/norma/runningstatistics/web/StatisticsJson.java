package io.norma.runningstatistics.web;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.norma.http.codec.Json;
import io.norma.http.codec.NamedArray;
import io.norma.http.codec.StrictJson;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.SourceWeights;
import io.norma.runningstatistics.StatisticsDocument;
import io.norma.runningstatistics.StatisticsDocument.Vectors;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Running statistics in JSON. What this service writes is read back: the members that it sets by
 * itself are passed over.
 */
@JsonIgnoreProperties({
  "set",
  "revision",
  "sha256",
  "created_at",
  "created_by",
  "channels",
  "active",
  "ignored",
  "warnings"
})
record StatisticsJson(
    @Nullable String source,
    @Nullable VarianceConvention varianceConvention,
    @Nullable Long sampleCount,
    @Nullable String base,
    @Nullable LinkedHashMap<String, @Nullable Layer> layers,
    @Nullable LinkedHashMap<String, float @Nullable []> arrays) {
  /** A layer in this service's words, in PyTorch's or in Keras'. */
  record Layer(
      float @Nullable [] mean,
      float @Nullable [] variance,
      float @Nullable [] runningMean,
      float @Nullable [] runningVar,
      float @Nullable [] movingMean,
      float @Nullable [] movingVariance) {
    private Vectors vectors(String name) {
      return new Vectors(
          one(name, "mean", mean, runningMean, movingMean),
          one(name, "variance", variance, runningVar, movingVariance));
    }

    private boolean isOfKeras() {
      return movingMean != null || movingVariance != null;
    }

    private static float @Nullable [] one(
        String layer, String what, float @Nullable []... given) {
      float[] one = null;
      for (float[] vector : given) {
        if (vector != null) {
          if (one != null) {
            throw Json.invalid("layers." + layer, "gives its " + what + " by more than one name");
          }
          one = vector;
        }
      }
      return one;
    }
  }

  /**
   * Reads a document.
   *
   * @throws ServingException.Invalid if it is none
   * @throws ServingException.InvalidField if a field of it cannot be read
   */
  static StatisticsDocument read(byte[] body, int length) {
    return StrictJson.read(body, length, StatisticsJson.class).document();
  }

  private StatisticsDocument document() {
    if (layers == null && arrays == null) {
      throw Json.invalid("layers", "is missing");
    }
    if (layers != null && arrays != null) {
      throw Json.invalid("arrays", "is there beside 'layers'; give one of the two");
    }
    return layers != null ? ofLayers(layers) : ofArrays(Objects.requireNonNull(arrays));
  }

  private StatisticsDocument ofLayers(SequencedMap<String, @Nullable Layer> given) {
    SequencedMap<String, Vectors> there = new LinkedHashMap<>();
    boolean keras = !given.isEmpty();
    for (Map.Entry<String, @Nullable Layer> entry : given.entrySet()) {
      Layer layer = entry.getValue();
      if (layer == null) {
        throw Json.invalid("layers." + entry.getKey(), "must be an object, but is null");
      }
      there.put(entry.getKey(), layer.vectors(entry.getKey()));
      keras &= layer.isOfKeras();
    }
    return document(
        there,
        keras ? VarianceConvention.POPULATION : VarianceConvention.UNBIASED,
        List.of(),
        SourceWeights.none());
  }

  private StatisticsDocument ofArrays(SequencedMap<String, float @Nullable []> given) {
    List<NamedArray> named = new ArrayList<>();
    for (Map.Entry<String, float @Nullable []> entry : given.entrySet()) {
      float[] vector = entry.getValue();
      if (vector == null) {
        throw Json.invalid("arrays." + entry.getKey(), "must be an array, but is null");
      }
      named.add(
          new NamedArray(
              entry.getKey(), "F32", List.of((long) vector.length), () -> i -> vector[i]));
    }
    ArrayStatistics found = ArrayStatistics.of(named);
    return document(found.layers(), found.convention(), found.ignored(), found.weights());
  }

  private StatisticsDocument document(
      SequencedMap<String, Vectors> there,
      VarianceConvention otherwise,
      List<String> ignored,
      SourceWeights weights) {
    return new StatisticsDocument(
        source,
        sampleCount,
        Objects.requireNonNullElse(varianceConvention, otherwise),
        base,
        there,
        ignored,
        weights);
  }
}
