package io.norma.web;

import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;

/** Who a request comes from, as history tells it. */
final class Caller {
  private Caller() {}

  static String of(HttpServletRequest request) {
    Principal principal = request.getUserPrincipal();
    return principal == null ? "anonymous" : principal.getName();
  }
}
