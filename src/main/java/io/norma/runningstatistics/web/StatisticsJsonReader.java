package io.norma.runningstatistics.web;

import io.norma.http.codec.Json;
import io.norma.http.codec.KnownNames;
import io.norma.http.codec.RequestMemory;
import io.norma.http.codec.Words;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.SourceWeights;
import io.norma.runningstatistics.StatisticsDocument;
import io.norma.runningstatistics.StatisticsDocument.Vectors;
import io.norma.serving.ServingException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads running statistics from JSON: {@code {"source": …, "variance_convention": …,
 * "sample_count": …, "base": …, "layers": {"bn1": {"mean": […], "variance": […]}}}}. What this
 * service writes is read back: the members that it sets by itself are passed over.
 */
public final class StatisticsJsonReader {
  private static final Set<String> SET_BY_THE_SERVICE =
      Set.of(
          "set",
          "revision",
          "sha256",
          "created_at",
          "created_by",
          "channels",
          "active",
          "ignored",
          "warnings");

  private static final List<String> FIELDS =
      List.of("source", "variance_convention", "sample_count", "base", "layers");

  private final JsonParser parser;
  private @Nullable String source;
  private @Nullable String base;
  private @Nullable Long sampleCount;
  private @Nullable VarianceConvention convention;
  private @Nullable SequencedMap<String, Vectors> layers;

  private StatisticsJsonReader(JsonParser parser) {
    this.parser = parser;
  }

  /**
   * Reads a document.
   *
   * @throws ServingException.Invalid if it is none
   * @throws ServingException.InvalidField if a field of it cannot be read
   */
  public static StatisticsDocument read(byte[] body, int length) {
    return Json.object(
        Json.parser(body, 0, length), parser -> new StatisticsJsonReader(parser).read());
  }

  private StatisticsDocument read() {
    for (String field = parser.nextName(); field != null; field = parser.nextName()) {
      if (parser.nextToken() == JsonToken.VALUE_NULL) {
        continue;
      }
      switch (field) {
        case "source" -> source = Json.once(source, Json.text(parser, field), field);
        case "base" -> base = Json.once(base, Json.text(parser, field), field);
        case "sample_count" ->
            sampleCount = Json.once(sampleCount, Json.integer(parser, field), field);
        case "variance_convention" -> convention = Json.once(convention, convention(field), field);
        case "layers" -> layers = Json.once(layers, layers(), field);
        default -> {
          if (!SET_BY_THE_SERVICE.contains(field)) {
            throw Json.invalid(
                field, "is no field of this request; " + KnownNames.insteadOf(field, FIELDS));
          }
          parser.skipChildren();
        }
      }
    }
    if (layers == null) {
      throw Json.invalid("layers", "is missing");
    }
    return new StatisticsDocument(
        source,
        sampleCount,
        convention == null ? VarianceConvention.UNBIASED : convention,
        base,
        layers,
        List.of(),
        SourceWeights.none());
  }

  private VarianceConvention convention(String field) {
    String word = Json.text(parser, field);
    return Words.find(VarianceConvention.class, word)
        .orElseThrow(
            () -> Json.wrongType(parser, field, "one of " + Words.all(VarianceConvention.class)));
  }

  private SequencedMap<String, Vectors> layers() {
    Json.requireStart(parser, JsonToken.START_OBJECT, "layers");
    SequencedMap<String, Vectors> read = new LinkedHashMap<>();
    for (String name = parser.nextName(); name != null; name = parser.nextName()) {
      parser.nextToken();
      Vectors layer = layer("layers." + name);
      Json.once(read.put(name, layer), layer, "layers." + name);
    }
    return read;
  }

  private Vectors layer(String path) {
    Json.requireStart(parser, JsonToken.START_OBJECT, path);
    float[] mean = null;
    float[] variance = null;
    for (String field = parser.nextName(); field != null; field = parser.nextName()) {
      parser.nextToken();
      String at = path + "." + field;
      switch (field) {
        case "mean" -> mean = Json.once(mean, vector(at), at);
        case "variance" -> variance = Json.once(variance, vector(at), at);
        default ->
            throw Json.invalid(
                at,
                "is no field of a layer; "
                    + KnownNames.insteadOf(field, List.of("mean", "variance")));
      }
    }
    return new Vectors(mean, variance);
  }

  private float[] vector(String path) {
    Json.requireStart(parser, JsonToken.START_ARRAY, path);
    float[] vector = new float[64];
    int length = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (length == vector.length) {
        RequestMemory.current().take(2L * 2 * length * Float.BYTES);
        vector = Arrays.copyOf(vector, Math.multiplyExact(2, length));
        RequestMemory.current().drop(2L * length * Float.BYTES);
      }
      vector[length] = element(path + "[" + length + "]");
      length++;
    }
    return Arrays.copyOf(vector, length);
  }

  private float element(String path) {
    if (!parser.currentToken().isNumeric()) {
      throw Json.wrongType(parser, path, "a finite number");
    }
    float value = parser.getFloatValue();
    if (!Float.isFinite(value)) {
      throw Json.wrongType(parser, path, "a finite float32");
    }
    return value;
  }
}
