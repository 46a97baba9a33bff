package io.norma.security;

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/** Who may ask: {@code norma.security.mode}. */
public enum SecurityMode {
  /** Whoever is on this machine; the service listens to no other. */
  LOCAL,

  /** Whoever shows a key or a token, as far as its scopes go. */
  AUTHENTICATED,

  /** Everyone who can reach the address, by the operator's own word. */
  OPEN;

  static final String PROPERTY = "norma.security.mode";

  /**
   * The mode that is set, before there are settings; with a value that is none, which the settings
   * refuse, the default.
   */
  public static SecurityMode of(Environment environment) {
    try {
      return Binder.get(environment).bind(PROPERTY, SecurityMode.class).orElse(LOCAL);
    } catch (BindException _) {
      return LOCAL;
    }
  }
}
