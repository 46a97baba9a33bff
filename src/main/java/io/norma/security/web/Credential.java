package io.norma.security.web;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * What a request brings to say who it comes from. Addresses are no place for it: they are written
 * to logs.
 *
 * @param mayBeToken whether it came as a bearer token (RFC 6750), which keys may as well
 */
record Credential(String text, boolean mayBeToken) {
  private static final String HEADER = "X-API-Key";
  private static final String BEARER = "Bearer ";

  /** Where both headers are there, the first, for the other may be another service's. */
  static @Nullable Credential of(HttpServletRequest request) {
    String key = request.getHeader(HEADER);
    if (key != null) {
      return new Credential(key.strip(), false);
    }
    String authorization = request.getHeader("Authorization");
    return authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? new Credential(authorization.substring(BEARER.length()).strip(), true)
        : null;
  }
}
