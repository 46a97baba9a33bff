package io.norma.http;

import io.norma.admission.MemoryBudgets;
import io.norma.http.codec.RequestMemory;
import io.norma.kernel.tensor.MemoryBudget;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Comparator;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Holds every request body to its limit, with a length or without, and undoes its compression. The
 * limit counts what the service has to keep: the bytes after decompression.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
final class RequestBodyFilter extends OncePerRequestFilter {
  private static final String IDENTITY = "identity";

  /** For what no feature has a limit of its own. */
  private final BodyLimit limitOfOthers;

  private final List<BodyLimit> limits;

  /** What is not above it is above none, so small requests need no search for theirs. */
  private final BodyLimit smallest;

  private final ErrorWriter errors;

  /** What all bodies and answers share. */
  private final MemoryBudget memory;

  private final HttpSettings settings;

  RequestBodyFilter(
      HttpSettings http, List<BodyLimit> limits, MemoryBudgets budgets, ErrorWriter errors) {
    settings = http;
    memory =
        budgets
            .heap()
            .part(
                "norma.http.max-bytes-in-flight",
                http.maxBytesInFlight(Runtime.getRuntime().maxMemory()));
    limitOfOthers =
        new BodyLimit(
            Pattern.compile(".*"),
            http.maxRequestBytes().toBytes(),
            "norma.http.max-request-bytes");
    this.limits = limits;
    smallest =
        limits.stream()
            .filter(limit -> limit.bytes() < limitOfOthers.bytes())
            .min(Comparator.comparingLong(BodyLimit::bytes))
            .orElse(limitOfOthers);
    this.errors = errors;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (request.getContentLengthLong() == 0 || request.getMethod().equals("GET")) {
      answer(request, response, chain);
      return;
    }
    String encoding = encoding(request);
    BodyLimit limit = limit(request, encoding);
    if (request.getContentLengthLong() > limit.bytes()) {
      errors.write(
          request,
          response,
          HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE,
          "the request body has %d bytes, more than the %d of %s"
              .formatted(request.getContentLengthLong(), limit.bytes(), limit.setting()));
      return;
    }
    switch (encoding) {
      case IDENTITY, "", "gzip", "x-gzip", "deflate" ->
          answer(new BodyRequest(request, encoding, limit, settings), response, chain);
      default ->
          errors.write(
              request,
              response,
              HttpServletResponse.SC_UNSUPPORTED_MEDIA_TYPE,
              "Content-Encoding '" + encoding + "' is not supported; send gzip, deflate or none");
    }
  }

  private static String encoding(HttpServletRequest request) {
    String encoding = request.getHeader("Content-Encoding");
    return encoding == null ? IDENTITY : encoding.trim().toLowerCase(Locale.ROOT);
  }

  private BodyLimit limit(HttpServletRequest request, String encoding) {
    long length = request.getContentLengthLong();
    if (encoding.equals(IDENTITY) && length >= 0 && length <= smallest.bytes()) {
      return smallest;
    }
    String target = request.getMethod() + " " + RequestPath.of(request).within();
    return limits.stream()
        .filter(limit -> limit.requests().matcher(target).matches())
        .findFirst()
        .orElse(limitOfOthers);
  }

  private void answer(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    try (RequestMemory own = new RequestMemory(memory)) {
      own.during(() -> {
        chain.doFilter(request, response);
        return null;
      });
    } catch (ServletException | IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new ServletException(e);
    }
  }

  /**
   * The request as the rest of the service sees it: with a plain body that is nothing else, even
   * where a client calls it a form.
   */
  private static final class BodyRequest extends HttpServletRequestWrapper {
    private final String encoding;
    private final BodyLimit limit;
    private final HttpSettings settings;
    private @Nullable LimitedBody body;
    private @Nullable Map<String, String[]> parameters;

    BodyRequest(
        HttpServletRequest request, String encoding, BodyLimit limit, HttpSettings settings) {
      super(request);
      this.settings = settings;
      this.encoding = encoding;
      this.limit = limit;
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
      LimitedBody open = body;
      if (open == null) {
        InputStream raw = paced(super.getInputStream());
        InputStream plain =
            switch (encoding) {
              case "gzip", "x-gzip" -> DecompressedBody.gzip(raw);
              case "deflate" -> DecompressedBody.zlib(raw);
              default -> raw;
            };
        open = new LimitedBody(plain, limit.bytes(), limit.setting());
        body = open;
      }
      return open;
    }

    /** Rows of a stream come when there are some: only that they come at all is waited for. */
    private InputStream paced(InputStream raw) {
      long rate = settings.minBodyRate().toBytes();
      return rate == 0 || limit.bytes() == Long.MAX_VALUE
          ? raw
          : new PacedBody(raw, super.getContentLengthLong(), rate, settings.slowBodyAfter());
    }

    @Override
    public @Nullable String getParameter(String name) {
      String[] values = getParameterMap().get(name);
      return values == null ? null : values[0];
    }

    /** Those in the address: a container looks for more of them in what a client calls a form. */
    @Override
    public Map<String, String[]> getParameterMap() {
      Map<String, String[]> known = parameters;
      if (known == null) {
        known = new LinkedHashMap<>();
        for (var each : QueryParameters.of(getQueryString()).entrySet()) {
          known.put(each.getKey(), each.getValue().toArray(String[]::new));
        }
        parameters = known;
      }
      return known;
    }

    @Override
    public Enumeration<String> getParameterNames() {
      return Collections.enumeration(getParameterMap().keySet());
    }

    @Override
    public String @Nullable [] getParameterValues(String name) {
      return getParameterMap().get(name);
    }

    @Override
    public BufferedReader getReader() throws IOException {
      return new BufferedReader(new InputStreamReader(getInputStream(), StandardCharsets.UTF_8));
    }

    @Override
    public int getContentLength() {
      long length = getContentLengthLong();
      return length > Integer.MAX_VALUE ? -1 : (int) length;
    }

    @Override
    public long getContentLengthLong() {
      return encoding.isEmpty() || encoding.equals(IDENTITY) ? super.getContentLengthLong() : -1;
    }
  }
}
