package io.norma.observability;

import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Turns tracing off where nobody says where traces go. Spring Boot would make spans all the same,
 * and throw them away, and leave room for their names in each line of the log.
 */
final class TracingSwitch implements EnvironmentPostProcessor {
  static final String ENABLED = "management.tracing.export.enabled";
  private static final String ENDPOINT = "management.opentelemetry.tracing.export.otlp.endpoint";

  @Override
  public void postProcessEnvironment(
      ConfigurableEnvironment environment, SpringApplication application) {
    if (!environment.containsProperty(ENDPOINT)) {
      environment
          .getPropertySources()
          .addLast(new MapPropertySource("tracing", Map.of(ENABLED, false)));
    }
  }
}
