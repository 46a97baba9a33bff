package io.norma.security.web;

import io.norma.http.ErrorWriter;
import io.norma.http.RequestPath;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses bodies that say they are what a form of any page sends: a browser sends those without
 * asking the service first (Fetch, section 2.2.2, "CORS-safelisted request-header"). Bodies of the
 * V2 protocol may be called anything, as other servers take them.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 3)
final class BodyTypes extends OncePerRequestFilter {
  private final ErrorWriter errors;

  BodyTypes(ErrorWriter errors) {
    this.errors = errors;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String type = request.getContentType();
    if (type == null || mayCome(type, request)) {
      chain.doFilter(request, response);
      return;
    }
    errors.write(
        request,
        response,
        HttpServletResponse.SC_UNSUPPORTED_MEDIA_TYPE,
        "Content-Type '%s' is not taken here: send application/json (curl --json), or the type that the body has"
            .formatted(type));
  }

  private static boolean mayCome(String type, HttpServletRequest request) {
    String plain = type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
    boolean form = plain.equals("application/x-www-form-urlencoded");
    if (plain.startsWith("application/") && !form) {
      return true;
    }
    if (plain.equals("multipart/form-data")) {
      // No page sends one with this method without asking.
      return request.getMethod().equals("PUT");
    }
    return RequestPath.of(request).isV2();
  }
}
