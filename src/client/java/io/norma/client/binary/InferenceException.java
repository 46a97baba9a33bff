package io.norma.client.binary;

/** The service's answer that it did not infer, in its own words. */
public final class InferenceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  InferenceException(int status, String error) {
    super(error);
    this.status = status;
  }

  /** The status of the HTTP response. */
  public int status() {
    return status;
  }
}
