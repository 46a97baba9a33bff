package io.norma.web;

import io.norma.kernel.tensor.MemoryBudget;
import io.norma.serving.MemoryBudgets;
import io.norma.serving.ServingSettings;
import io.norma.web.protocol.RequestMemory;
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
import java.util.Locale;
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
  /** Where the body is taken in parts of which none is kept, so that it may be of any length. */
  private static final String STREAM = "/v1/normalizations/batch/stream";

  /** Where the body may be a model's file, or running statistics that stand in one. */
  private static final Pattern UPLOAD =
      Pattern.compile(
          "PUT /v1/models/[^/]+/versions/[^/]+"
              + "|PUT /v1/models/[^/]+(/versions/[^/]+)?/running-statistics/[^/]+"
              + "|POST /v2/repository/models/[^/]+/load");

  private final long requestLimit;
  private final long uploadLimit;
  private final ErrorWriter errors;

  /** What all bodies and answers share. */
  private final MemoryBudget memory;

  RequestBodyFilter(
      HttpSettings http, ServingSettings serving, MemoryBudgets budgets, ErrorWriter errors) {
    memory =
        budgets
            .heap()
            .part(
                "norma.http.max-bytes-in-flight",
                http.maxBytesInFlight(Runtime.getRuntime().maxMemory()));
    requestLimit = http.maxRequestBytes().toBytes();
    uploadLimit = serving.models().maxUploadBytes().toBytes();
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
    String path = RequestPath.of(request).within();
    boolean upload = UPLOAD.matcher(request.getMethod() + " " + path).matches();
    long limit = upload ? uploadLimit : path.equals(STREAM) ? Long.MAX_VALUE : requestLimit;
    String setting = upload ? "norma.models.max-upload-bytes" : "norma.http.max-request-bytes";
    if (request.getContentLengthLong() > limit) {
      errors.write(
          request,
          response,
          HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE,
          "the request body has %d bytes, more than the %d of %s"
              .formatted(request.getContentLengthLong(), limit, setting));
      return;
    }
    String encoding = request.getHeader("Content-Encoding");
    encoding = encoding == null ? "identity" : encoding.trim().toLowerCase(Locale.ROOT);
    switch (encoding) {
      case "identity", "", "gzip", "x-gzip", "deflate" ->
          answer(new BodyRequest(request, encoding, limit, setting), response, chain);
      default ->
          errors.write(
              request,
              response,
              HttpServletResponse.SC_UNSUPPORTED_MEDIA_TYPE,
              "Content-Encoding '" + encoding + "' is not supported; send gzip, deflate or none");
    }
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
    private final long limit;
    private final String setting;
    private @Nullable LimitedBody body;

    BodyRequest(HttpServletRequest request, String encoding, long limit, String setting) {
      super(request);
      this.encoding = encoding;
      this.limit = limit;
      this.setting = setting;
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
      LimitedBody open = body;
      if (open == null) {
        InputStream raw = super.getInputStream();
        InputStream plain =
            switch (encoding) {
              case "gzip", "x-gzip" -> DecompressedBody.gzip(raw);
              case "deflate" -> DecompressedBody.zlib(raw);
              default -> raw;
            };
        open = new LimitedBody(plain, limit, setting);
        body = open;
      }
      return open;
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
      return encoding.isEmpty() || encoding.equals("identity") ? super.getContentLengthLong() : -1;
    }
  }
}
