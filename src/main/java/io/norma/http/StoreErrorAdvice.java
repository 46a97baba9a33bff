package io.norma.http;

import io.norma.store.DatabaseFailure;
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
  private final DiskErrors disk;

  StoreErrorAdvice(ErrorWriter errors, DiskErrors disk) {
    this.errors = errors;
    this.disk = disk;
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
  void failed(RuntimeException e, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    switch (DatabaseFailure.of(e)) {
      case BUSY -> {
        LOG.debug("{} {}", request.getMethod(), request.getRequestURI(), e);
        response.setIntHeader("Retry-After", 1);
        errors.write(
            request,
            response,
            429,
            "too many changes at once: all connections to the database are in use"
                + " (spring.datasource.hikari.maximum-pool-size), or others change the same;"
                + " nothing was changed; try again later");
      }
      case DISK_FULL -> disk.write(e, request, response);
      case NO_ANSWER -> {
        LOG.error("{} {}", request.getMethod(), request.getRequestURI(), e);
        response.setIntHeader("Retry-After", 1);
        errors.write(
            request,
            response,
            503,
            "the database does not answer; nothing is known to have changed; the service's log has"
                + " the details");
      }
      case REFUSED -> {
        LOG.error("{} {}", request.getMethod(), request.getRequestURI(), e);
        errors.write(
            request,
            response,
            500,
            "internal error: the database refuses what this request comes to; nothing was changed;"
                + " the service's log has the details");
      }
    }
  }
}
