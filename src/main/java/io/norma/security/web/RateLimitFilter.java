package io.norma.security.web;

import io.norma.http.ErrorWriter;
import io.norma.http.RequestPath;
import io.norma.security.RateLimit;
import io.norma.security.RateLimitSettings;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.time.Duration;
import java.util.regex.Pattern;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Answers 429 to callers that send more than they may, before anything of their requests is read. A
 * caller is who authenticated, or else the address that requests come from. Whoever looks after the
 * service is always answered: health and metrics have no limit.
 */
@Component
@ConditionalOnProperty(RateLimitSettings.PROPERTY)
@Order(RateLimitFilter.BEHIND_AUTHENTICATION)
final class RateLimitFilter extends OncePerRequestFilter {
  /** Spring Security's filters stand at -100. */
  static final int BEHIND_AUTHENTICATION = -50;

  private static final int TOO_MANY_REQUESTS = 429;

  private final RateLimit limit;
  private final ErrorWriter errors;
  private final Pattern unlimited;

  RateLimitFilter(
      RateLimit limit,
      ErrorWriter errors,
      @Value("${management.endpoints.web.base-path:/actuator}") String actuator) {
    this.limit = limit;
    this.errors = errors;
    String base = actuator.equals("/") ? "" : Pattern.quote(actuator);
    unlimited =
        Pattern.compile(base + "/(health|prometheus)(/.*)?|/v2/health/.*|/v2/models/.*/ready");
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (unlimited.matcher(RequestPath.of(request).within()).matches()) {
      chain.doFilter(request, response);
      return;
    }
    Principal principal = request.getUserPrincipal();
    String caller =
        principal == null
            ? "address " + request.getRemoteAddr()
            : "principal '" + principal.getName() + "'";
    Duration wait = limit.take(caller);
    if (wait.isZero()) {
      chain.doFilter(request, response);
      return;
    }
    long seconds = wait.plusSeconds(1).minusNanos(1).toSeconds();
    response.setHeader("Retry-After", Long.toString(seconds));
    errors.write(
        request,
        response,
        TOO_MANY_REQUESTS,
        "%s sends more requests per second than %s: try again in %d s, and spread them"
            .formatted(caller, limit.words(), seconds));
  }
}
