package io.norma.http;

import io.norma.http.codec.Json;
import io.norma.http.codec.KnownNames;
import io.norma.http.codec.Words;
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
public final class Query {
  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 1000;

  private final Map<String, String> values = new LinkedHashMap<>();

  private Query(@Nullable String query, List<String> known) {
    if (query == null || query.isEmpty()) {
      return;
    }
    for (String part : query.split("&", -1)) {
      int equals = part.indexOf('=');
      String name = decoded(equals < 0 ? part : part.substring(0, equals));
      if (!known.contains(name)) {
        throw new ServingException.InvalidField(
            name,
            "there is no query parameter '%s'; %s"
                .formatted(Json.abbreviated(name), KnownNames.insteadOf(name, known)));
      }
      if (values.put(name, equals < 0 ? "" : decoded(part.substring(equals + 1))) != null) {
        throw new ServingException.InvalidField(
            name, "query parameter '" + name + "' is there twice");
      }
    }
  }

  /**
   * Reads the address.
   *
   * @throws ServingException.Invalid if it has another parameter, or one twice
   */
  public static Query of(HttpServletRequest request, String... known) {
    return of(request, List.of(known));
  }

  public static Query of(HttpServletRequest request, List<String> known) {
    return new Query(request.getQueryString(), known);
  }

  private static String decoded(String text) {
    String decoded;
    try {
      decoded = URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ServingException.Invalid("the query is not well encoded: " + e.getMessage(), e);
    }
    // Databases do not all take it.
    if (decoded.indexOf('\0') >= 0) {
      throw new ServingException.Invalid("the query has a character of code 0");
    }
    return decoded;
  }

  public @Nullable String optional(String name) {
    return values.get(name);
  }

  public String get(String name, String otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  public String required(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new ServingException.InvalidField(name, "query parameter '" + name + "' is missing");
    }
    return value;
  }

  /** A constant by its word, or what counts without it. */
  public <E extends Enum<E>> E choice(String name, E otherwise) {
    String value = values.get(name);
    if (value == null) {
      return otherwise;
    }
    Class<E> type = otherwise.getDeclaringClass();
    return Words.find(type, value)
        .orElseThrow(() -> wrong(name, "one of " + Words.all(type), value));
  }

  /** A whole number between two others, or what counts without it. */
  public long integer(String name, long otherwise, long least, long most) {
    String value = values.get(name);
    if (value == null) {
      return otherwise;
    }
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException _) {
      // Told below, as one that is out of range.
    }
    throw wrong(name, "an integer from %d to %d".formatted(least, most), value);
  }

  /** How many entries of a list go on one page. */
  public int limit() {
    return (int) integer("limit", PAGE, 1, LARGEST_PAGE);
  }

  private static ServingException wrong(String name, String expected, String value) {
    return new ServingException.InvalidField(
        name,
        "query parameter '%s' must be %s, but is '%s'"
            .formatted(name, expected, Json.abbreviated(value)));
  }
}
