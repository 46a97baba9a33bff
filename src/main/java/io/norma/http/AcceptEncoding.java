package io.norma.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a client wants answers compressed (RFC 9110, section 12.5.3): the weights of gzip, of deflate
 * and of none of them, 0 where it is not accepted.
 */
record AcceptEncoding(double gzip, double deflate, double identity) {
  private static final String NAME = "Accept-Encoding";
  private static final AcceptEncoding NOT_SAID = new AcceptEncoding(0, 0, 1);

  /** An element of the list; one that is not written so says nothing. */
  private static final Pattern ELEMENT =
      Pattern.compile(
          "\\s*([^\\s;]+)\\s*(?:;\\s*q\\s*=\\s*(0(?:\\.\\d{0,3})?|1(?:\\.0{0,3})?)\\s*)?",
          Pattern.CASE_INSENSITIVE);

  static AcceptEncoding of(HttpServletRequest request) {
    return request.getHeader(NAME) == null ? NOT_SAID : of(header(request));
  }

  /** The header, its lines as one. */
  static String header(HttpServletRequest request) {
    return String.join(", ", Collections.list(request.getHeaders(NAME)));
  }

  private static AcceptEncoding of(String header) {
    Map<String, Double> weights = new HashMap<>();
    for (String part : header.split(",", -1)) {
      Matcher element = ELEMENT.matcher(part);
      if (element.matches()) {
        String weight = element.group(2);
        String coding = element.group(1).toLowerCase(Locale.ROOT);
        weights.put(
            coding.equals("x-gzip") ? "gzip" : coding,
            weight == null ? 1 : Double.parseDouble(weight));
      }
    }
    Double others = weights.get("*");
    double listed = others == null ? 0 : others;
    // Nobody need list that nothing is done; it is the last choice then.
    double plain = others == null ? Double.MIN_VALUE : others;
    return new AcceptEncoding(
        weights.getOrDefault("gzip", listed),
        weights.getOrDefault("deflate", listed),
        weights.getOrDefault("identity", plain));
  }

  /** Whether no answer is acceptable. */
  boolean isNothing() {
    return gzip == 0 && deflate == 0 && identity == 0;
  }

  /**
   * The coding of an answer, or {@code null} for none.
   *
   * @param pays whether compression makes it smaller by more than it costs
   */
  @Nullable String coding(boolean pays) {
    double best = Math.max(gzip, deflate);
    if (best == 0 || identity > best || (identity > 0 && !pays)) {
      return null;
    }
    return gzip >= deflate ? "gzip" : "deflate";
  }
}
