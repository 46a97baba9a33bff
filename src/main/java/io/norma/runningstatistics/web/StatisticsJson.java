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
 * Running statistics in JSON, by layers or by the names of a framework's arrays. What this service
 * writes is read back: the members that it sets by itself are passed over.
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
    @Nullable LinkedHashMap<String, @Nullable Vectors> layers,
    @Nullable LinkedHashMap<String, float @Nullable []> arrays) {
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
    // Generated clients write a map that nobody filled as an empty one.
    boolean isOfArrays = arrays != null && (layers == null || !arrays.isEmpty());
    if (isOfArrays && layers != null && !layers.isEmpty()) {
      throw Json.invalid("arrays", "is there beside 'layers'; give one of the two");
    }
    return isOfArrays
        ? ofArrays(Objects.requireNonNull(arrays))
        : ofLayers(Objects.requireNonNull(layers));
  }

  private StatisticsDocument ofLayers(SequencedMap<String, @Nullable Vectors> given) {
    SequencedMap<String, Vectors> there = new LinkedHashMap<>();
    given.forEach((name, vectors) -> {
      if (vectors == null) {
        throw Json.invalid("layers." + name, "must be an object, but is null");
      }
      there.put(name, vectors);
    });
    return document(there, VarianceConvention.UNBIASED, List.of(), SourceWeights.none());
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
