package io.norma.observability;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.norma.inference.InferenceService;
import io.norma.inference.RequestCounts;
import io.norma.models.ModelRepository;
import io.norma.models.ModelRepository.State;
import io.norma.models.ResidentNetworks;
import io.norma.models.ServedModel;
import io.norma.runningstatistics.AgreementMonitor;
import io.norma.runningstatistics.DriftMonitor;
import io.norma.scheduling.Schedule;
import io.norma.store.ChangeCounter;
import io.norma.store.DatabaseFile;
import io.opentelemetry.api.OpenTelemetry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Clock;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Connects meters and health to the use cases. */
@Configuration(proxyBeanMethods = false)
class ObservabilityConfiguration {
  @Bean
  InferenceMetrics inferenceMetrics(MeterRegistry registry, MetricsSettings settings) {
    return new InferenceMetrics(registry, settings.maxRunningStatistics());
  }

  @Bean
  AgreementMetrics agreementMetrics(MeterRegistry registry, AgreementMonitor monitor) {
    return new AgreementMetrics(registry, monitor);
  }

  @Bean
  FollowingMetrics followingMetrics(MeterRegistry registry) {
    return new FollowingMetrics(registry);
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
  MeterBinder loadMetrics(
      InferenceService inference, ModelRepository repository, ResidentNetworks networks) {
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
                  .filter(ObservabilityConfiguration::isUnavailable)
                  .count());
      InferenceMetrics.gauge(
          registry,
          "norma.models.resident",
          "Networks whose weights are in memory",
          networks::resident);
      InferenceMetrics.gauge(
          registry,
          "norma.models.resident.bytes",
          "Bytes that the weights in memory take",
          networks::residentBytes);
      FunctionCounter.builder("norma.model.reloads", networks, ResidentNetworks::reloads)
          .description("Networks whose weights came back, or could not")
          .tag("outcome", "success")
          .register(registry);
      FunctionCounter.builder("norma.model.reloads", networks, ResidentNetworks::failures)
          .description("Networks whose weights came back, or could not")
          .tag("outcome", "failure")
          .register(registry);
      InferenceMetrics.gauge(
          registry,
          "norma.models.outdated",
          "Model versions that answer as before, since what is in their place cannot be loaded",
          () -> repository.refused().size());
    };
  }

  @Bean
  @ConditionalOnProperty("norma.metrics.triton-names")
  TritonMetrics tritonMetrics(
      ModelRepository repository, RequestCounts counts, PrometheusRegistry registry) {
    TritonMetrics metrics = new TritonMetrics(repository, counts);
    registry.register(metrics);
    return metrics;
  }

  private static boolean isUnavailable(ModelRepository.Entry entry) {
    return entry.state() instanceof State.Unavailable
        || (entry.state() instanceof State.Ready(ServedModel model) && model.failure() != null);
  }

  @Bean("database")
  HealthIndicator databaseHealth(DatabaseFile file, ChangeCounter changes) {
    return new DatabaseHealth(file, changes);
  }

  @Bean
  MeterBinder diskMetrics(DatabaseFile file) {
    return registry ->
        file.disk()
            .ifPresent(disk ->
                InferenceMetrics.gauge(
                    registry,
                    "norma.database.disk.free.bytes",
                    "Bytes that are free on the disk of the database",
                    disk::free));
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
