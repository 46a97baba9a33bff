package io.norma.web;

import io.norma.store.StoreConflictException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.annotation.Order;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Turns what the database refuses, and that it does not answer, into answers. */
@RestControllerAdvice
@Order(0)
final class StoreErrorAdvice {
  private static final Logger LOG = LoggerFactory.getLogger(StoreErrorAdvice.class);

  private final ErrorWriter errors;

  StoreErrorAdvice(ErrorWriter errors) {
    this.errors = errors;
  }

  @ExceptionHandler
  void conflict(StoreConflictException e, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    int status =
        switch (e.reason()) {
          case MISSING -> 404;
          case STALE -> 412;
          case ACTIVE, FINISHED, DIFFERENT, TOO_MANY -> 409;
        };
    errors.write(request, response, status, String.valueOf(e.getMessage()));
  }

  @ExceptionHandler({DataAccessException.class, TransactionException.class})
  void noDatabase(RuntimeException e, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    LOG.error("{} {}", request.getMethod(), request.getRequestURI(), e);
    response.setIntHeader("Retry-After", 1);
    errors.write(
        request,
        response,
        503,
        "the database does not answer; nothing is known to have changed; the service's log has the"
            + " details");
  }
}
