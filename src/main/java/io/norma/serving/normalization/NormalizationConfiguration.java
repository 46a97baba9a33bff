package io.norma.serving.normalization;

import io.norma.serving.ComputeSlots;
import io.norma.store.NormalizerStore;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the normalization use cases together. */
@Configuration(proxyBeanMethods = false)
class NormalizationConfiguration {
  @Bean
  NormalizationService normalizationService(
      ComputeSlots slots, List<NormalizationObserver> observers) {
    return new NormalizationService(slots, observers);
  }

  @Bean
  NormalizerService normalizerService(NormalizerStore store, NormalizationService normalization) {
    return new NormalizerService(store, normalization);
  }
}
