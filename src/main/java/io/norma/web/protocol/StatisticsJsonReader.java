package io.norma.web.protocol;

import io.norma.kernel.statistics.VarianceConvention;
import io.norma.serving.ServingException;
import io.norma.serving.statistics.StatisticsDocument;
import io.norma.serving.statistics.StatisticsDocument.Vectors;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads running statistics from JSON: {@code {"source": …, "variance_convention": …,
 * "sample_count": …, "base": …, "layers": {"bn1": {"mean": […], "variance": […]}}}}. What this
 * service writes is read back: the members that it sets by itself are passed over.
 */
public final class StatisticsJsonReader {
  private static final Set<String> SET_BY_THE_SERVICE =
      Set.of("set", "revision", "sha256", "created_at", "created_by", "channels", "active");

  private final JsonParser parser;
  private @Nullable String source;
  private @Nullable String base;
  private @Nullable Long sampleCount;
  private VarianceConvention convention = VarianceConvention.UNBIASED;
  private final SequencedMap<String, Vectors> layers = new LinkedHashMap<>();

  private StatisticsJsonReader(JsonParser parser) {
    this.parser = parser;
  }

  /**
   * Reads a document.
   *
   * @throws ServingException.Invalid if it is none
   */
  public static StatisticsDocument read(byte[] body, int length) {
    try (JsonParser parser = Json.parser(body, 0, length)) {
      return new StatisticsJsonReader(parser).read();
    } catch (JacksonException e) {
      throw new ServingException.Invalid(
          "failed to parse the request JSON: " + InferenceRequestReader.reason(e), e);
    }
  }

  private StatisticsDocument read() {
    parser.nextToken();
    Json.requireStart(parser, JsonToken.START_OBJECT, "request");
    Set<String> seen = new HashSet<>();
    for (String field = parser.nextName(); field != null; field = parser.nextName()) {
      requireFirst(seen, field, "request");
      boolean isNull = parser.nextToken() == JsonToken.VALUE_NULL;
      switch (field) {
        case "source" -> source = isNull ? null : Json.text(parser, field);
        case "base" -> base = isNull ? null : Json.text(parser, field);
        case "sample_count" -> sampleCount = isNull ? null : (Long) Json.integer(parser, field);
        case "variance_convention" -> convention = convention(Json.text(parser, field));
        case "layers" -> readLayers();
        default -> {
          if (!SET_BY_THE_SERVICE.contains(field)) {
            throw new ServingException.Invalid(
                "there is no field '"
                    + field
                    + "'; the fields are source, variance_convention, sample_count, base, layers");
          }
          parser.skipChildren();
        }
      }
    }
    if (parser.nextToken() != null) {
      throw new ServingException.Invalid("something follows the request's JSON object");
    }
    if (!seen.contains("layers")) {
      throw new ServingException.Invalid("field 'layers' is missing");
    }
    return new StatisticsDocument(source, sampleCount, convention, base, layers, List.of());
  }

  private void readLayers() {
    Json.requireStart(parser, JsonToken.START_OBJECT, "layers");
    for (String name = parser.nextName(); name != null; name = parser.nextName()) {
      String path = "layers." + name;
      requireFirst(layers.keySet(), name, "layers");
      parser.nextToken();
      Json.requireStart(parser, JsonToken.START_OBJECT, path);
      float[] mean = null;
      float[] variance = null;
      Set<String> seen = new HashSet<>();
      for (String field = parser.nextName(); field != null; field = parser.nextName()) {
        requireFirst(seen, field, path);
        parser.nextToken();
        switch (field) {
          case "mean" -> mean = vector(path + ".mean");
          case "variance" -> variance = vector(path + ".variance");
          default ->
              throw new ServingException.Invalid(
                  "layer '" + name + "' has a field '" + field + "'; expected mean and variance");
        }
      }
      layers.put(name, new Vectors(mean, variance));
    }
  }

  private float[] vector(String path) {
    Json.requireStart(parser, JsonToken.START_ARRAY, path);
    float[] vector = new float[64];
    int length = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (length == vector.length) {
        vector = Arrays.copyOf(vector, 2 * length);
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
      throw new ServingException.Invalid(
          "'" + path + "' must be a finite float32, but is " + parser.getString());
    }
    return value;
  }

  private static void requireFirst(Set<String> seen, String name, String where) {
    if (seen.contains(name)) {
      throw new ServingException.Invalid("'" + where + "' has '" + name + "' twice");
    }
    if (!where.equals("layers")) {
      seen.add(name);
    }
  }

  /**
   * The convention by its name on the wire.
   *
   * @throws ServingException.Invalid if there is none of that name
   */
  public static VarianceConvention convention(String name) {
    return switch (name) {
      case "unbiased" -> VarianceConvention.UNBIASED;
      case "population" -> VarianceConvention.POPULATION;
      default ->
          throw new ServingException.Invalid(
              "variance_convention must be unbiased or population, but is '" + name + "'");
    };
  }
}
