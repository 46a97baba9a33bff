package io.norma.http;

import io.norma.http.codec.BinaryBody;
import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;

/** The header that says how many bytes of a body are its JSON; binary tensors follow. */
public final class BinaryTensorHeader {
  public static final String NAME = BinaryBody.LENGTH_HEADER;

  private BinaryTensorHeader() {}

  /** The number of bytes, or −1 without the header. */
  public static int read(HttpServletRequest request) {
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
