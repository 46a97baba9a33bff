package io.norma.security.web;

import io.norma.http.RequestPath;
import io.norma.security.RateLimitSettings;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.regex.Pattern;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Counts requests for their callers, before anything of their bodies is read. Whoever looks after
 * the service is always answered: health and metrics have no limit.
 */
@Component
@ConditionalOnProperty(RateLimitSettings.PROPERTY)
@Order(RateLimitFilter.BEHIND_AUTHENTICATION)
final class RateLimitFilter extends OncePerRequestFilter {
  /** Spring Security's filters stand at -100. */
  static final int BEHIND_AUTHENTICATION = -50;

  private final CallerLimit limit;
  private final Pattern unlimited;

  RateLimitFilter(
      CallerLimit limit,
      @Value("${management.endpoints.web.base-path:/actuator}") String actuator) {
    this.limit = limit;
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
    if (limit.take(request, response)) {
      chain.doFilter(request, response);
    }
  }
}
