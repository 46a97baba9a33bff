package io.norma.runningstatistics;

import io.norma.inference.InferenceService;
import io.norma.inference.NormalizationSelector;
import io.norma.models.ModelObserver;
import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.models.UploadedModelSync;
import io.norma.runningstatistics.certificate.CertificateRules;
import io.norma.runningstatistics.certificate.CertificateSettings;
import io.norma.scheduling.Schedule;
import io.norma.store.ChangeCounter;
import io.norma.store.Networks;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the use cases around running statistics together. */
@Configuration(proxyBeanMethods = false)
class RunningStatisticsConfiguration {
  @Bean
  StatisticsCatalog statisticsCatalog(
      Networks networks,
      StatisticsStore store,
      Activations activations,
      RunningStatisticsSettings settings,
      List<ActivationObserver> observers) {
    return new StatisticsCatalog(
        networks,
        store,
        activations,
        settings.cacheBytes(Runtime.getRuntime().maxMemory()),
        observers);
  }

  @Bean
  DriftMonitor driftMonitor(StatisticsCatalog catalog, DriftSettings settings) {
    return new DriftMonitor(catalog, settings);
  }

  @Bean
  AgreementMonitor agreementMonitor(RunningStatisticsSettings settings) {
    return new AgreementMonitor(settings.agreementSampleRate());
  }

  @Bean
  NormalizationSelector normalizationSelector(
      StatisticsCatalog catalog, DriftMonitor drift, AgreementMonitor agreement) {
    return new StatisticsSelector(catalog, drift, agreement);
  }

  @Bean
  ModelObserver followsModels(StatisticsCatalog catalog, DriftMonitor drift) {
    return new ModelObserver() {
      @Override
      public void added(ServedModel model) {
        catalog.prepare(model);
        drift.begin(model);
      }

      @Override
      public void replaced(ServedModel before, ServedModel model) {
        added(model);
        removed(before);
      }

      @Override
      public void removed(ServedModel model) {
        catalog.forget(model);
        drift.forget(model);
      }
    };
  }

  @Bean
  RunningStatisticsService runningStatisticsService(
      ModelRepository repository,
      StatisticsStore store,
      Activations activations,
      StatisticsCatalog catalog,
      AgreementMonitor agreement,
      RunningStatisticsSettings settings) {
    return new RunningStatisticsService(
        repository, store, activations, catalog, agreement, settings.maxSplit());
  }

  @Bean
  CertificateRules certificateRules(CertificateSettings settings) {
    return new CertificateRules(settings);
  }

  @Bean
  CalibrationService calibrationService(
      ModelRepository repository,
      InferenceService inference,
      CalibrationStore store,
      StatisticsStore statistics,
      Activations activations,
      StatisticsCatalog catalog,
      CertificateRules rules) {
    return new CalibrationService(
        repository,
        inference,
        store,
        statistics,
        activations,
        catalog,
        new CalibrationCertificates(repository, catalog, rules, inference));
  }

  @Bean
  ComparisonService comparisonService(
      ModelRepository repository, InferenceService inference, StatisticsCatalog catalog) {
    return new ComparisonService(repository, inference, catalog);
  }

  @Bean
  ReplicaPolling replicaPolling(
      ChangeCounter changes,
      Schedule schedule,
      RunningStatisticsSettings settings,
      StatisticsCatalog catalog,
      UploadedModelSync uploads) {
    return new ReplicaPolling(
        changes, schedule, settings.pollInterval(), List.of(catalog::refresh, uploads::begin));
  }
}
