package io.norma.http;

import java.io.IOException;

/** A body is not compressed as its {@code Content-Encoding} says, or not whole. */
final class DecompressionException extends IOException {
  private static final long serialVersionUID = 1L;

  DecompressionException(String why) {
    super("the request body cannot be decompressed: " + why);
  }
}
