package io.norma.http.codec;

import io.norma.serving.ServingException;

/** Bodies whose JSON is followed by tensors in binary, and those that do not say so. */
public final class BinaryBody {
  /** The header that says how many bytes of a body are its JSON. */
  public static final String LENGTH_HEADER = "Inference-Header-Content-Length";

  private static final String ADVICE =
      "tensors in binary come behind the JSON, with the header "
          + LENGTH_HEADER
          + " saying how many bytes the JSON has";

  private BinaryBody() {}

  /** Why a body that came without the header is no JSON, if it looks as if it had to have it. */
  public static ServingException explained(ServingException.Invalid e, byte[] body, int length) {
    return looksBinary(body, length)
        ? new ServingException.Invalid(e.getMessage() + "; " + ADVICE, e)
        : e;
  }

  /** What a tensor behind the JSON is answered with where the request has no header. */
  static ServingException noLength(String tensor, long bytes) {
    return new ServingException.Invalid(
        "tensor '%s' has a binary_data_size of %d, but the request has no header %s; %s"
            .formatted(tensor, bytes, LENGTH_HEADER, ADVICE));
  }

  /** Whether it does not begin as JSON does, or has bytes that no JSON has. */
  private static boolean looksBinary(byte[] body, int length) {
    if (length > 0 && !JsonEncoding.isStart(body[0]) && body[0] != JsonEncoding.MARK[0]) {
      return true;
    }
    for (int i = 0; i < length; i++) {
      if (body[i] >= 0 && body[i] < ' ' && !JsonEncoding.isStart(body[i])) {
        return true;
      }
    }
    return false;
  }
}
