package io.norma.web;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import org.springframework.util.StringUtils;

/**
 * Where a request goes. What is decided by it is decided as routes are found: by the path within
 * the application, each segment without its parameters and decoded.
 *
 * @param written as the client wrote it
 * @param within as routes are found
 */
record RequestPath(String written, String within) {
  private static final String V2 = "/v2";

  static RequestPath of(HttpServletRequest request) {
    return of(request.getRequestURI(), request.getContextPath());
  }

  /**
   * That of a request which the container did not hand over.
   *
   * @param contextPath of the application; nothing beside it is within
   */
  static RequestPath of(String written, String contextPath) {
    boolean inside = written.equals(contextPath) || written.startsWith(contextPath + "/");
    return new RequestPath(
        written,
        inside || contextPath.isEmpty() ? decoded(written.substring(contextPath.length())) : "");
  }

  private static String decoded(String path) {
    String[] segments = path.split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      String plain = segments[i].split(";", 2)[0];
      try {
        segments[i] = StringUtils.uriDecode(plain, StandardCharsets.UTF_8);
      } catch (IllegalArgumentException _) {
        // No route is found by it; what stands before it still says where it was to go.
        segments[i] = plain;
      }
    }
    return String.join("/", segments);
  }

  /** Whether the V2 protocol rules there. */
  boolean isV2() {
    return within.equals(V2) || within.startsWith(V2 + "/");
  }
}
