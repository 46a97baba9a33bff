package io.norma.security.web;

import io.norma.http.ErrorWriter;
import io.norma.http.RequestPath;
import io.norma.security.BrowserSettings;
import io.norma.security.SecurityMode;
import io.norma.security.SecuritySettings;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.CorsProcessor;
import org.springframework.web.cors.DefaultCorsProcessor;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Keeps pages of others from driving the service by way of a browser that can reach it. A browser
 * says where a request comes from: in {@code Origin} (RFC 6454, section 7), in {@code
 * Sec-Fetch-Site} (Fetch Metadata Request Headers, W3C), and in {@code Host}, which has another
 * name where a name of the attacker was made to point to this machine. Programs send none of the
 * first two, and are not concerned.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 2)
final class BrowserGuard extends OncePerRequestFilter {
  private static final Pattern LOOPBACK =
      Pattern.compile("(.+\\.)?localhost\\.?|127(\\.[0-9]{1,3}){3}|\\[(::1|0:0:0:0:0:0:0:1)]");

  private static final Set<String> READING = Set.of("GET", "HEAD");

  private final boolean local;
  private final Set<String> hosts = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
  private final List<String> origins;
  private final CorsConfiguration crossOrigin = new CorsConfiguration();
  private final CorsProcessor processor = new DefaultCorsProcessor();
  private final ErrorWriter errors;

  BrowserGuard(BrowserSettings settings, SecuritySettings security, ErrorWriter errors) {
    local = security.mode() == SecurityMode.LOCAL;
    hosts.addAll(settings.allowedHosts());
    origins = settings.allowedOrigins();
    crossOrigin.setAllowedOrigins(origins);
    crossOrigin.addAllowedMethod(CorsConfiguration.ALL);
    crossOrigin.addAllowedHeader(CorsConfiguration.ALL);
    crossOrigin.addExposedHeader(CorsConfiguration.ALL);
    this.errors = errors;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    response.setHeader("X-Content-Type-Options", "nosniff");
    String refused = refusal(request);
    if (refused != null) {
      errors.write(request, response, HttpServletResponse.SC_FORBIDDEN, refused);
      return;
    }
    if (!origins.isEmpty()
        && request.getHeader(HttpHeaders.ORIGIN) != null
        && !isOwn(request.getHeader(HttpHeaders.ORIGIN), request)) {
      if (!processor.processRequest(crossOrigin, request, response)
          || request.getHeader(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD) != null) {
        return;
      }
    }
    chain.doFilter(request, response);
  }

  /** Why a request is not answered, or {@code null} if it is. */
  private @Nullable String refusal(HttpServletRequest request) {
    if (request.getHeader(HttpHeaders.HOST) != null
        && !isOwn(request.getServerName())
        && !isProbe(request)) {
      return "the service is not asked under the name '%s': ask it under one of its own, or add this to norma.security.allowed-hosts"
          .formatted(request.getServerName());
    }
    String origin = request.getHeader(HttpHeaders.ORIGIN);
    if (origin != null) {
      return isOwn(origin, request) || origins.contains(origin)
          ? null
          : "pages of the origin '%s' may not ask: add it to norma.security.allowed-origins if they shall"
              .formatted(origin);
    }
    if ("cross-site".equals(request.getHeader("Sec-Fetch-Site"))) {
      boolean followsLink =
          "navigate".equals(request.getHeader("Sec-Fetch-Mode"))
              && READING.contains(request.getMethod());
      return followsLink
          ? null
          : "pages of other sites may not ask (Sec-Fetch-Site: cross-site):"
              + " norma.security.allowed-origins names those that shall";
    }
    return null;
  }

  /** Whether the service is asked under this name. */
  private boolean isOwn(String name) {
    if (hosts.contains(name)) {
      return true;
    }
    return LOOPBACK.matcher(name.toLowerCase(Locale.ROOT)).matches() || (!local && hosts.isEmpty());
  }

  /** Whether it asks for health alone, as an orchestrator does under whatever address it has. */
  private static boolean isProbe(HttpServletRequest request) {
    String path = RequestPath.of(request).within();
    return READING.contains(request.getMethod())
        && (path.startsWith("/v2/health/") || path.startsWith("/actuator/health"));
  }

  /** Whether a page that asks came from here. */
  private static boolean isOwn(String origin, HttpServletRequest request) {
    try {
      URI page = URI.create(origin);
      if (page.getScheme() == null || page.getHost() == null) {
        return false;
      }
      int usual = page.getScheme().equals("https") ? 443 : 80;
      int port = page.getPort() < 0 ? usual : page.getPort();
      boolean samePort =
          port == request.getServerPort()
              // A proxy that ends TLS leaves a port behind that nobody named.
              || (page.getPort() < 0 && !namesPort(request.getHeader(HttpHeaders.HOST)));
      return samePort && page.getHost().equalsIgnoreCase(request.getServerName());
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static boolean namesPort(@Nullable String host) {
    return host != null && host.matches(".*:[0-9]+");
  }
}
