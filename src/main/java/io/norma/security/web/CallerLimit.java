package io.norma.security.web;

import io.norma.http.ErrorWriter;
import io.norma.security.RateLimit;
import io.norma.security.RateLimitSettings;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.time.Duration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.stereotype.Component;

/**
 * Answers 429 to callers that send more than they may. A caller is who authenticated, or else the
 * address that requests come from: those who share one with somebody whose keys are wrong are not
 * held up, as long as theirs are right.
 */
@Component
@ConditionalOnProperty(RateLimitSettings.PROPERTY)
final class CallerLimit {
  private static final int TOO_MANY_REQUESTS = 429;

  private final RateLimit limit;
  private final ErrorWriter errors;

  CallerLimit(RateLimit limit, ErrorWriter errors) {
    this.limit = limit;
    this.errors = errors;
  }

  /** Counts a request; says whether it may go on, and else has answered it. */
  boolean take(HttpServletRequest request, HttpServletResponse response) throws IOException {
    Principal principal = request.getUserPrincipal();
    String caller =
        principal == null
            ? "address " + request.getRemoteAddr()
            : "principal '" + principal.getName() + "'";
    Duration wait = limit.take(caller);
    if (wait.isZero()) {
      return true;
    }
    long seconds = wait.plusSeconds(1).minusNanos(1).toSeconds();
    response.setHeader("Retry-After", Long.toString(seconds));
    errors.write(
        request,
        response,
        TOO_MANY_REQUESTS,
        "%s sends more requests per second than %s: try again in %d s, and spread them"
            .formatted(caller, limit.words(), seconds));
    return false;
  }
}
