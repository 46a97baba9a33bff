package io.norma.runningstatistics.recalibration;

import io.norma.models.ModelRepository;
import io.norma.runningstatistics.CalibrationService;
import io.norma.runningstatistics.CalibrationStore;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the use case together. */
@Configuration(proxyBeanMethods = false)
class RecalibrationConfiguration {
  @Bean
  RecalibrationService recalibrationService(
      ModelRepository repository,
      CalibrationService calibrations,
      CalibrationStore store,
      Clock clock) {
    return new RecalibrationService(repository, calibrations, store, clock);
  }
}
