package io.norma.http;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.springframework.util.StringUtils;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Where a request goes. What is decided by it is decided as routes are found: by the path within
 * the application, each segment without its parameters and decoded.
 *
 * @param written as the client wrote it
 * @param within as routes are found
 */
public record RequestPath(String written, String within) {
  private static final String V2 = "/v2";

  /** What no path may have: other characters, and a percent sign that encodes none. */
  private static final Pattern FAULT =
      Pattern.compile("[^A-Za-z0-9._~!$&'()*+,;=:@/%-]|%(?![0-9A-Fa-f]{2})");

  /** That of a request. */
  public static RequestPath of(HttpServletRequest request) {
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

  /** The address of something within the application that a request goes to. */
  public static URI address(HttpServletRequest request, String... segments) {
    return UriComponentsBuilder.fromPath(request.getContextPath())
        .pathSegment(segments)
        .encode()
        .build()
        .toUri();
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

  /** As written, where that is a path of a URI (RFC 3986, section 3.3); its faults are encoded. */
  String reference() {
    return FAULT
        .matcher(written)
        .replaceAll(fault -> "%%%02X".formatted(fault.group().charAt(0) & 0xFF));
  }

  /** Whether the V2 protocol rules there. */
  public boolean isV2() {
    return within.equals(V2) || within.startsWith(V2 + "/");
  }
}
