package io.norma.normalization;

import io.norma.admission.ComputeThreads;
import java.time.Clock;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the normalization use cases together. */
@Configuration(proxyBeanMethods = false)
class NormalizationConfiguration {
  @Bean
  StatelessNormalizationService normalizationService(
      ComputeThreads threads, List<NormalizationObserver> observers) {
    return new StatelessNormalizationService(threads, observers);
  }

  @Bean
  RememberingNormalizerService normalizerService(
      NormalizerStore store, StatelessNormalizationService normalization, Clock clock) {
    return new RememberingNormalizerService(store, normalization, clock);
  }
}
