package io.norma.http;

import io.norma.store.DatabaseFile;
import io.norma.store.DiskFullException;
import io.norma.store.DiskSpace;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Answers that a disk is full, and says which. */
@Component
final class DiskErrors {
  private static final Logger LOG = LoggerFactory.getLogger(DiskErrors.class);
  private static final int RETRY_AFTER_SECONDS = 10;

  private final ErrorWriter errors;
  private final DatabaseFile file;

  DiskErrors(ErrorWriter errors, DatabaseFile file) {
    this.errors = errors;
    this.file = file;
  }

  void write(Exception e, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String message =
        e instanceof DiskFullException
            ? Objects.requireNonNullElse(e.getMessage(), "")
            : file.disk().map(DiskSpace::description).orElse("the disk of the database is full")
                + "; nothing is known to have changed";
    // In a line: where nobody reads the log, the disk stays full.
    LOG.error("{} {}: {}", request.getMethod(), request.getRequestURI(), message);
    LOG.debug("a disk is full", e);
    response.setIntHeader("Retry-After", RETRY_AFTER_SECONDS);
    errors.write(request, response, 503, message);
  }
}
