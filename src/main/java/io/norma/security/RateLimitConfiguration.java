package io.norma.security;

import io.github.bucket4j.TimeMeter;
import java.util.List;
import java.util.Objects;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** There is a limit where one is set, and otherwise nothing that a request would pass. */
@Configuration(proxyBeanMethods = false)
class RateLimitConfiguration {
  @Bean
  @ConditionalOnProperty(RateLimitSettings.PROPERTY)
  RateLimit rateLimit(RateLimitSettings settings, List<RateLimitObserver> observers) {
    int requestsPerSecond = Objects.requireNonNull(settings.requestsPerSecond());
    return new RateLimit(
        requestsPerSecond,
        Objects.requireNonNullElse(settings.burst(), requestsPerSecond),
        settings.maxBuckets(),
        TimeMeter.SYSTEM_NANOTIME,
        observers);
  }
}
