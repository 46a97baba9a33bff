package io.norma.inference.replay;

import io.norma.inference.InferenceService;
import io.norma.inference.NormalizationSelector;
import io.norma.models.ModelRepository;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts together what replays requests. */
@Configuration(proxyBeanMethods = false)
class ReplayConfiguration {
  @Bean
  ReplayService replayService(
      ModelRepository repository, NormalizationSelector selector, InferenceService inference) {
    return new ReplayService(repository, selector, inference);
  }
}
