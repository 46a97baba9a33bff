package io.norma.web;

import io.norma.web.protocol.RequestMemory;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * A request's whole body.
 *
 * @param bytes may be longer than the body
 */
record RequestBody(byte[] bytes, int length) {
  private static final int FIRST_GUESS = 1 << 13;

  /** A declared length is believed that far; for more, as much has to come first. */
  private static final int LARGEST_GUESS = 1 << 22;

  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

  /** Reads to the end; the limit on its size is {@link RequestBodyFilter}'s. */
  static RequestBody read(HttpServletRequest request) throws IOException {
    RequestMemory memory = RequestMemory.current();
    int declared = request.getContentLength();
    int guess = declared >= 0 ? Math.min(declared, LARGEST_GUESS) : FIRST_GUESS;
    memory.take(guess);
    byte[] bytes = new byte[guess];
    int length = 0;
    try (InputStream stream = request.getInputStream()) {
      while (true) {
        if (length == bytes.length) {
          if (length == declared) {
            break;
          }
          int more = declared >= 0 ? declared : (int) Math.min(2L * length, LARGEST_ARRAY);
          memory.take(more);
          bytes = Arrays.copyOf(bytes, more);
          memory.drop(length);
        }
        int read = stream.read(bytes, length, bytes.length - length);
        if (read < 0) {
          break;
        }
        length += read;
      }
    }
    return new RequestBody(bytes, length);
  }
}
