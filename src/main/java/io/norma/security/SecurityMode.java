package io.norma.security;

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/** Whether those who ask must say who they are. */
public enum SecurityMode {
  /** Nobody must, for nobody outside this machine is answered. */
  LOCAL,
  /** Everybody must, by a key or a token. */
  AUTHENTICATED,
  /** Nobody must, wherever they are: what stands in front decides. */
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
