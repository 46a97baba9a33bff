package io.norma.http;

import java.io.IOException;

/** A body came too slowly. */
final class SlowBodyException extends IOException {
  private static final long serialVersionUID = 1L;

  SlowBodyException(long bytes, long seconds, long bytesPerSecond) {
    super(
        "the request body did not come to its end: %d bytes of it came in %d seconds, fewer than the %d a second of norma.http.min-body-rate"
            .formatted(bytes, seconds, bytesPerSecond));
  }
}
