package io.norma.security.audit.web;

import io.norma.http.Caller;
import io.norma.serving.Actor;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Says whom the changes of a request are put down to, and where it came from. It is the last of the
 * filters: those before it find out who that is.
 */
@Component
@Order(Ordered.LOWEST_PRECEDENCE)
final class ActorFilter extends OncePerRequestFilter {
  /** Under which the log knows the trace, where there is tracing. */
  private static final String TRACE_ID = "traceId";

  /** W3C Trace Context, section 3.2: what a client's trace is called where there is no tracing. */
  private static final Pattern TRACE_PARENT =
      Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*");

  /** What only reads makes no change. */
  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Actor actor = new Actor(Caller.of(request), request.getRemoteAddr(), traceId(request));
    try {
      actor.<FilterChain, Exception>during(() -> {
        chain.doFilter(request, response);
        return chain;
      });
    } catch (ServletException | IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new ServletException(e);
    }
  }

  private static @Nullable String traceId(HttpServletRequest request) {
    String traced = MDC.get(TRACE_ID);
    String parent = request.getHeader("traceparent");
    if (traced != null || parent == null) {
      return traced;
    }
    Matcher matcher = TRACE_PARENT.matcher(parent);
    return matcher.matches() ? matcher.group(1) : null;
  }
}
