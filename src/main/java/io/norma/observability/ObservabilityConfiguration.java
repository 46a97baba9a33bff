package io.norma.observability;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.norma.inference.InferenceService;
import io.norma.models.ModelRepository;
import io.norma.models.ModelRepository.State;
import io.norma.runningstatistics.DriftMonitor;
import io.norma.scheduling.Schedule;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Clock;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Connects meters and health to the use cases. */
@Configuration(proxyBeanMethods = false)
class ObservabilityConfiguration {
  @Bean
  InferenceMetrics inferenceMetrics(MeterRegistry registry) {
    return new InferenceMetrics(registry);
  }

  @Bean
  @ConditionalOnBooleanProperty(name = TracingSwitch.ENABLED, matchIfMissing = true)
  InferenceSpans inferenceSpans(OpenTelemetry telemetry, Clock clock) {
    return new InferenceSpans(telemetry, clock);
  }

  @Bean
  NormalizationMetrics normalizationMetrics(MeterRegistry registry) {
    return new NormalizationMetrics(registry);
  }

  @Bean
  MeterBinder loadMetrics(InferenceService inference, ModelRepository repository) {
    return registry -> {
      InferenceMetrics.gauge(
          registry,
          "norma.inference.in.flight",
          "Inferences that have begun and not ended",
          inference::inFlight);
      InferenceMetrics.gauge(
          registry,
          "norma.inference.queue",
          "Inferences that wait for a free compute slot",
          inference.slots()::waiting);
      InferenceMetrics.gauge(
          registry,
          "norma.inference.computing",
          "Inferences that compute",
          inference.slots()::computing);
      InferenceMetrics.gauge(
          registry,
          "norma.models.ready",
          "Model versions that answer",
          () -> repository.index().stream().filter(e -> e.state() instanceof State.Ready).count());
      InferenceMetrics.gauge(
          registry,
          "norma.models.unavailable",
          "Model versions that cannot be loaded",
          () ->
              repository.index().stream()
                  .filter(e -> e.state() instanceof State.Unavailable)
                  .count());
    };
  }

  @Bean("models")
  HealthIndicator modelsHealth(ModelRepository repository) {
    return new ModelsHealth(repository);
  }

  @Bean
  ActiveStatisticsGauges activeStatisticsGauges(MeterRegistry registry) {
    return new ActiveStatisticsGauges(registry);
  }

  @Bean
  DriftGauges driftGauges(
      ModelRepository repository, DriftMonitor monitor, MeterRegistry registry, Schedule schedule) {
    return new DriftGauges(repository, monitor, registry, schedule);
  }
}
