package io.norma.http;

import io.norma.serving.ServingException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The parameters in a request's address. The container's own look into the body as well, which some
 * clients call a form whatever it is.
 */
final class QueryParameters {
  private QueryParameters() {}

  /**
   * Values by name, in their order.
   *
   * @throws ServingException.Invalid if they are not well encoded
   */
  static Map<String, List<String>> of(@Nullable String query) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    if (query == null || query.isEmpty()) {
      return values;
    }
    for (String part : query.split("&", -1)) {
      int equals = part.indexOf('=');
      values
          .computeIfAbsent(
              decoded(equals < 0 ? part : part.substring(0, equals)), _ -> new ArrayList<>())
          .add(equals < 0 ? "" : decoded(part.substring(equals + 1)));
    }
    return values;
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
}
