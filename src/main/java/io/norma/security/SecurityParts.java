package io.norma.security;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

/**
 * Leaves out all that Spring Boot has for security where nobody must say who they are: by default
 * it asks everybody for a password that it logs. That user is left out always.
 */
final class SecurityParts implements AutoConfigurationImportFilter, EnvironmentAware {
  private static final String SECURITY = "org.springframework.boot.security.";
  private static final String PASSWORD = "UserDetailsServiceAutoConfiguration";

  private @Nullable Environment environment;

  @Override
  public void setEnvironment(Environment environment) {
    this.environment = environment;
  }

  @Override
  public boolean[] match(@Nullable String[] classes, AutoConfigurationMetadata metadata) {
    boolean authenticated =
        SecurityMode.of(Objects.requireNonNull(environment)) == SecurityMode.AUTHENTICATED;
    boolean[] matches = new boolean[classes.length];
    for (int i = 0; i < classes.length; i++) {
      String name = classes[i];
      matches[i] =
          name == null || !name.startsWith(SECURITY) || (authenticated && !name.endsWith(PASSWORD));
    }
    return matches;
  }
}
