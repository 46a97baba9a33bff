package io.norma.web;

import io.norma.serving.ServingException;
import io.norma.web.protocol.BinaryBody;
import jakarta.servlet.http.HttpServletRequest;

/** The header that says how many bytes of a body are its JSON; binary tensors follow. */
final class BinaryTensorHeader {
  static final String NAME = BinaryBody.LENGTH_HEADER;

  private BinaryTensorHeader() {}

  /** The number of bytes, or −1 without the header. */
  static int read(HttpServletRequest request) {
    String value = request.getHeader(NAME);
    if (value == null) {
      return -1;
    }
    try {
      int length = Integer.parseInt(value.trim());
      if (length >= 0) {
        return length;
      }
    } catch (NumberFormatException _) {
      // Told below, as one that is negative.
    }
    throw new ServingException.Invalid(
        "header " + NAME + " must be a number of bytes, but is '" + value + "'");
  }
}
