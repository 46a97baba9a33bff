package io.norma.runningstatistics.diagnosis;

import io.norma.inference.InferenceService;
import io.norma.models.ModelRepository;
import io.norma.runningstatistics.RunningStatisticsService;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the use case together. */
@Configuration(proxyBeanMethods = false)
class DiagnosisConfiguration {
  @Bean
  DiagnosisService diagnosisService(
      ModelRepository repository, InferenceService inference, RunningStatisticsService statistics) {
    return new DiagnosisService(repository, inference, statistics);
  }
}
