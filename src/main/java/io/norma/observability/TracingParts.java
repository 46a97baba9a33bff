package io.norma.observability;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

/** Leaves out all that Spring Boot has for traces while {@link TracingSwitch} has it off. */
final class TracingParts implements AutoConfigurationImportFilter, EnvironmentAware {
  private @Nullable Environment environment;

  @Override
  public void setEnvironment(Environment environment) {
    this.environment = environment;
  }

  @Override
  public boolean[] match(@Nullable String[] classes, AutoConfigurationMetadata metadata) {
    boolean enabled =
        Objects.requireNonNull(environment).getProperty(TracingSwitch.ENABLED, Boolean.class, true);
    boolean[] matches = new boolean[classes.length];
    for (int i = 0; i < classes.length; i++) {
      matches[i] = enabled || !isOfTracing(classes[i]);
    }
    return matches;
  }

  private static boolean isOfTracing(@Nullable String name) {
    return name != null
        && (name.startsWith("org.springframework.boot.micrometer.tracing.")
            || name.startsWith("org.springframework.boot.opentelemetry."));
  }
}
