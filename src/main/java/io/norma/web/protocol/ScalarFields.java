package io.norma.web.protocol;

import io.norma.serving.ServingException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;

/** A JSON object of named scalars: how Norma's own routes are told what to do. */
public final class ScalarFields {
  private final Map<String, Object> values;

  private ScalarFields(Map<String, Object> values) {
    this.values = values;
  }

  /**
   * Reads an object; an empty body is an empty one.
   *
   * @param known the fields there may be
   * @throws ServingException.Invalid if it is no such object, has another field or one twice
   */
  public static ScalarFields read(byte[] body, int length, List<String> known) {
    if (length == 0) {
      return new ScalarFields(Map.of());
    }
    try (JsonParser parser = Json.parser(body, 0, length)) {
      parser.nextToken();
      Map<String, Object> values = Json.parameters(parser, "request");
      if (parser.nextToken() != null) {
        throw new ServingException.Invalid("something follows the request's JSON object");
      }
      for (String name : values.keySet()) {
        if (!known.contains(name)) {
          throw new ServingException.Invalid(
              "there is no field '" + name + "'; the fields are " + String.join(", ", known));
        }
      }
      return new ScalarFields(values);
    } catch (JacksonException e) {
      throw new ServingException.Invalid(
          "failed to parse the request JSON: " + InferenceRequestReader.reason(e), e);
    }
  }

  /** A text, or {@code null} where there is none. */
  public @Nullable String optionalText(String name) {
    Object value = values.get(name);
    if (value == null || value instanceof String) {
      return (String) value;
    }
    throw wrong(name, "text", value);
  }

  /** A text that must be there. */
  public String text(String name) {
    String value = optionalText(name);
    if (value == null) {
      throw new ServingException.Invalid("field '" + name + "' is missing");
    }
    return value;
  }

  /** One of several words, in lower case; the first of them where there is none. */
  public String oneOf(String name, String... words) {
    String value = optionalText(name);
    if (value == null) {
      return words[0];
    }
    for (String word : words) {
      if (word.equals(value)) {
        return word;
      }
    }
    throw wrong(name, "one of " + String.join(", ", words), value);
  }

  /** A whole number, or {@code null} where there is none. */
  public @Nullable Long integer(String name) {
    Object value = values.get(name);
    if (value == null || value instanceof Long) {
      return (Long) value;
    }
    throw wrong(name, "an integer", value);
  }

  /** A truth value, or {@code false} where there is none. */
  public boolean truth(String name) {
    Object value = values.get(name);
    if (value == null || value instanceof Boolean) {
      return Boolean.TRUE.equals(value);
    }
    throw wrong(name, "true or false", value);
  }

  private static ServingException wrong(String name, String expected, Object value) {
    return new ServingException.Invalid(
        "field '" + name + "' must be " + expected + ", but is '" + value + "'");
  }
}
