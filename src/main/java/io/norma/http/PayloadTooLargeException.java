package io.norma.http;

import java.io.IOException;

/** A body grew past its limit while it was read. */
final class PayloadTooLargeException extends IOException {
  private static final long serialVersionUID = 1L;

  PayloadTooLargeException(long limit, String setting) {
    super(
        "the request body is larger than the %d bytes of %s, counted after decompression"
            .formatted(limit, setting));
  }
}
