package io.norma.security;

import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Tells who asks about health without a key that it is or is not there, and no names of models:
 * those only where nobody is asked for a key, or to one that is for everything.
 */
public final class HealthDetails implements EnvironmentPostProcessor {
  /** What may see them, of those who have keys. */
  public static final String AUTHORITY = "everything";

  private static final String READINESS = "management.endpoint.health.group.readiness.";

  @Override
  public void postProcessEnvironment(
      ConfigurableEnvironment environment, SpringApplication application) {
    boolean authenticated = SecurityMode.of(environment) == SecurityMode.AUTHENTICATED;
    environment
        .getPropertySources()
        .addLast(
            new MapPropertySource(
                "health details",
                authenticated
                    ? Map.of(
                        READINESS + "show-details",
                        "when-authorized",
                        READINESS + "roles",
                        AUTHORITY)
                    : Map.of(READINESS + "show-details", "always")));
  }
}
