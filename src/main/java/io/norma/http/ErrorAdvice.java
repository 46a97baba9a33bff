package io.norma.http;

import io.norma.kernel.tensor.LimitException;
import io.norma.serving.ServingException;
import io.norma.store.DiskFullException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.coyote.BadRequestException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.resource.NoResourceFoundException;
import org.springframework.web.util.DisconnectedClientHelper;

/** Turns exceptions into answers. */
@RestControllerAdvice
final class ErrorAdvice {
  private static final Logger LOG = LoggerFactory.getLogger(ErrorAdvice.class);

  private final ErrorWriter errors;
  private final DiskErrors disk;

  ErrorAdvice(ErrorWriter errors, DiskErrors disk) {
    this.errors = errors;
    this.disk = disk;
  }

  @ExceptionHandler
  void refused(ServingException e, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    int status =
        switch (e) {
          case ServingException.Invalid invalid -> 400;
          case ServingException.InvalidField field -> 400;
          case ServingException.NotFound notFound -> 404;
          case ServingException.Conflict conflict -> 409;
          case ServingException.TooLarge tooLarge -> 413;
          case ServingException.Unsupported unsupported -> 422;
          case ServingException.Overloaded overloaded -> {
            response.setIntHeader("Retry-After", overloaded.retryAfterSeconds());
            yield 429;
          }
          case ServingException.Unavailable unavailable -> {
            response.setIntHeader("Retry-After", 1);
            yield 503;
          }
          case ServingException.Expired expired -> 504;
        };
    Map<String, List<String>> lists =
        switch (e) {
          case ServingException.Unsupported unsupported ->
              Map.of("unsupported", unsupported.reasons());
          case ServingException.InvalidField invalid -> Map.of("fields", List.of(invalid.field()));
          default -> Map.of();
        };
    errors.write(RequestPath.of(request), response, status, String.valueOf(e.getMessage()), lists);
  }

  @ExceptionHandler
  void noMemory(LimitException e, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    refused(ServingException.of(e), request, response);
  }

  @ExceptionHandler
  void tooSlow(SlowBodyException e, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setHeader("Connection", "close");
    errors.write(request, response, 408, String.valueOf(e.getMessage()));
  }

  @ExceptionHandler
  void tooLarge(
      PayloadTooLargeException e, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    errors.write(request, response, 413, String.valueOf(e.getMessage()));
  }

  @ExceptionHandler
  void notDecompressed(
      DecompressionException e, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    errors.write(request, response, 400, String.valueOf(e.getMessage()));
  }

  /**
   * Nobody is there to be answered, or the container has begun to: {@link
   * FrameworkErrorController}.
   */
  @ExceptionHandler
  void brokenOff(BadRequestException e, HttpServletRequest request) {
    LOG.debug("{} {}", request.getMethod(), request.getRequestURI(), e);
  }

  /** Whether a client is behind it that sent no whole body, or does not wait for the answer. */
  private static boolean isBrokenOff(@Nullable Throwable e) {
    return e != null
        && (e instanceof BadRequestException
            || DisconnectedClientHelper.isClientDisconnectedException(e)
            || isBrokenOff(e.getCause()));
  }

  @ExceptionHandler
  void noMethod(
      HttpRequestMethodNotSupportedException e,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    String[] supported = e.getSupportedMethods();
    String allowed = supported == null ? "" : String.join(", ", supported);
    response.setHeader("Allow", allowed);
    errors.write(
        request,
        response,
        405,
        "%s is not allowed at %s; allowed are: %s"
            .formatted(e.getMethod(), request.getRequestURI(), allowed));
  }

  @ExceptionHandler
  void noRoute(NoResourceFoundException e, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    errors.write(
        request,
        response,
        404,
        "there is no route " + request.getMethod() + " " + request.getRequestURI());
  }

  @ExceptionHandler
  void others(Exception e, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (isBrokenOff(e)) {
      LOG.debug("{} {}", request.getMethod(), request.getRequestURI(), e);
      return;
    }
    if (e instanceof ErrorResponse known) {
      known.getHeaders().forEach((name, values) -> response.setHeader(name, values.getFirst()));
      String detail = known.getBody().getDetail();
      errors.write(
          request,
          response,
          known.getStatusCode().value(),
          detail == null ? String.valueOf(e.getMessage()) : detail);
      return;
    }
    if (DiskFullException.isBehind(e)) {
      disk.write(e, request, response);
      return;
    }
    LOG.error("{} {}", request.getMethod(), request.getRequestURI(), e);
    errors.write(request, response, 500, "internal error; the service's log has the details");
  }
}
