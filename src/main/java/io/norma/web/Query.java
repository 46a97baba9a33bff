package io.norma.web;

import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The parameters in a request's address. The servlet's own look into the body as well, which some
 * clients call a form whatever it is.
 */
final class Query {
  private final Map<String, String> values = new LinkedHashMap<>();

  private Query(@Nullable String query, List<String> known) {
    if (query == null || query.isEmpty()) {
      return;
    }
    for (String part : query.split("&", -1)) {
      int equals = part.indexOf('=');
      String name = decoded(equals < 0 ? part : part.substring(0, equals));
      if (!known.contains(name)) {
        throw new ServingException.Invalid(
            "there is no query parameter '%s'; the parameters are %s"
                .formatted(name, String.join(", ", known)));
      }
      if (values.put(name, equals < 0 ? "" : decoded(part.substring(equals + 1))) != null) {
        throw new ServingException.Invalid("query parameter '" + name + "' is there twice");
      }
    }
  }

  /**
   * Reads the address.
   *
   * @throws ServingException.Invalid if it has another parameter, or one twice
   */
  static Query of(HttpServletRequest request, String... known) {
    return new Query(request.getQueryString(), List.of(known));
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ServingException.Invalid("the query is not well encoded: " + e.getMessage(), e);
    }
  }

  @Nullable String optional(String name) {
    return values.get(name);
  }

  String get(String name, String otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  String required(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new ServingException.Invalid("query parameter '" + name + "' is missing");
    }
    return value;
  }

  /** A whole number between two others. */
  long integer(String name, long otherwise, long least, long most) {
    String value = values.get(name);
    if (value == null) {
      return otherwise;
    }
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw wrong(name, value, least, most);
    }
    throw wrong(name, value, least, most);
  }

  private static ServingException wrong(String name, String value, long least, long most) {
    return new ServingException.Invalid(
        "query parameter '%s' must be an integer from %d to %d, but is '%s'"
            .formatted(name, least, most, value));
  }
}
