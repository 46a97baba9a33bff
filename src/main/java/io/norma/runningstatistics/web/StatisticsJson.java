package io.norma.runningstatistics.web;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.norma.http.codec.Json;
import io.norma.http.codec.StrictJson;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.SourceWeights;
import io.norma.runningstatistics.StatisticsDocument;
import io.norma.runningstatistics.StatisticsDocument.Vectors;
import io.norma.serving.ServingException;
import java.util.LinkedHashMap;
import java.util.List;
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
    @Nullable LinkedHashMap<String, @Nullable Vectors> layers) {
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
    if (layers == null) {
      throw Json.invalid("layers", "is missing");
    }
    SequencedMap<String, Vectors> there = new LinkedHashMap<>();
    layers.forEach((name, vectors) -> {
      if (vectors == null) {
        throw Json.invalid("layers." + name, "must be an object, but is null");
      }
      there.put(name, vectors);
    });
    return new StatisticsDocument(
        source,
        sampleCount,
        Objects.requireNonNullElse(varianceConvention, VarianceConvention.UNBIASED),
        base,
        there,
        List.of(),
        SourceWeights.none());
  }
}
