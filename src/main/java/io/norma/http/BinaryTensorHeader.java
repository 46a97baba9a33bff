package io.norma.http;

import io.norma.http.codec.BinaryBody;
import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;

/** The header that says how many bytes of a body are its JSON; binary tensors follow. */
public final class BinaryTensorHeader {
  public static final String NAME = BinaryBody.LENGTH_HEADER;

  private static final Pattern DIGITS = Pattern.compile("[0-9]+");

  private BinaryTensorHeader() {}

  /** The number of bytes, or −1 without the header. */
  public static int read(HttpServletRequest request) {
    String value = request.getHeader(NAME);
    if (value == null) {
      return -1;
    }
    List<String> values = Collections.list(request.getHeaders(NAME));
    if (values.size() > 1) {
      throw new ServingException.Invalid(
          "header %s is there %d times: %s".formatted(NAME, values.size(), values));
    }
    if (DIGITS.matcher(value).matches()) {
      try {
        return Integer.parseInt(value);
      } catch (NumberFormatException _) {
        // Told below, as one that is negative.
      }
    }
    throw new ServingException.Invalid(
        "header " + NAME + " must be a number of bytes, but is '" + value + "'");
  }
}
