package io.norma.security;

/** Who may ask: {@code norma.security.mode}. */
public enum SecurityMode {
  /** Whoever is on this machine; the service listens to no other. */
  LOCAL,

  /** Whoever shows a key or a token, as far as its scopes go. */
  AUTHENTICATED,

  /** Everyone who can reach the address, by the operator's own word. */
  OPEN
}
