package io.norma.http;

import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;

/** Who a request comes from, as history tells it. */
public final class Caller {
  private Caller() {}

  public static String of(HttpServletRequest request) {
    Principal principal = request.getUserPrincipal();
    return principal == null ? "anonymous" : principal.getName();
  }
}
