package io.norma.references;

import io.norma.inference.InferenceService;
import io.norma.models.ModelLifecycle;
import io.norma.models.ModelRepository;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the use cases around references together. */
@Configuration(proxyBeanMethods = false)
class ReferenceConfiguration {
  @Bean
  ReferenceService referenceService(
      ModelRepository repository,
      ModelLifecycle lifecycle,
      InferenceService inference,
      ReferenceStore store) {
    return new ReferenceService(repository, lifecycle, inference, store);
  }
}
