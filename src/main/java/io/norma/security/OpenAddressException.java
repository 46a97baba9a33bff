package io.norma.security;

/** The service would listen where it asks nobody who they are. */
final class OpenAddressException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OpenAddressException(String message) {
    super(message);
  }
}
