package io.norma.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.norma.security.RateLimitObserver;
import org.springframework.stereotype.Component;

/** Counts the requests that were one too many. */
@Component
final class RateLimitMetrics implements RateLimitObserver {
  private final Counter limited;

  RateLimitMetrics(MeterRegistry registry) {
    limited =
        Counter.builder("norma.requests.limited")
            .description("Requests over norma.security.requests-per-second, answered 429")
            .register(registry);
  }

  @Override
  public void limited() {
    limited.increment();
  }
}
