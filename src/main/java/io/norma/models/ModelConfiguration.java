package io.norma.models;

import io.norma.admission.AdmissionSettings;
import io.norma.admission.ComputeSlots;
import io.norma.admission.Imports;
import io.norma.admission.MemoryBudgets;
import io.norma.kernel.tensor.TimeLimit;
import io.norma.kernel.tensor.WorkLimit;
import io.norma.models.ModelFile.Origin;
import io.norma.network.run.IterationLimit;
import io.norma.network.run.RunLimits;
import io.norma.scheduling.Schedule;
import io.norma.store.AuditTrail;
import io.norma.store.DataSettings;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts together where models come from, and how they come and go. */
@Configuration(proxyBeanMethods = false)
class ModelConfiguration {
  @Bean
  Warmup warmup(ModelSettings settings, ComputeSlots slots) {
    return new Warmup(settings.warmUpAtMost(), settings.openEarly(), slots);
  }

  @Bean
  ModelLoader modelLoader(
      ModelSettings settings,
      Imports imports,
      Warmup warmup,
      MemoryBudgets budgets,
      AdmissionSettings admission,
      IncomingFiles incoming,
      ReferenceSource references) {
    return new ModelLoader(
        imports,
        warmup,
        budgets,
        limits(admission.inference()),
        incoming,
        references,
        settings.weights());
  }

  private static RunLimits limits(AdmissionSettings.Inference settings) {
    return new RunLimits(
        new IterationLimit("norma.inference.max-loop-iterations", settings.maxLoopIterations()),
        new WorkLimit("norma.inference.max-operations", settings.maxOperations()),
        new TimeLimit("norma.inference.max-compute-time", settings.maxComputeTime()));
  }

  @Bean
  UploadedModelFiles uploadedModelFiles(UploadedModels uploads, MemoryBudgets budgets) {
    return new UploadedModelFiles(uploads, budgets.heap());
  }

  @Bean
  UploadedModelSync uploadedModelSync(
      ModelRepository repository,
      ModelLifecycle lifecycle,
      UploadedModelFiles uploads,
      ReferenceSource references,
      Schedule schedule) {
    return new UploadedModelSync(repository, lifecycle, uploads, references, schedule);
  }

  @Bean
  IncomingFiles incomingFiles(DataSettings settings, Clock clock) {
    IncomingFiles incoming = new IncomingFiles(settings.dataDirectory().resolve("incoming"), clock);
    incoming.sweep();
    return incoming;
  }

  @Bean
  NameLocks modelLocks() {
    return new NameLocks();
  }

  @Bean
  ModelUploads modelUploads(
      ModelRepository repository,
      ModelLoader loader,
      UploadedModelFiles files,
      NameLocks modelLocks,
      ModelSettings settings) {
    return new ModelUploads(repository, loader, files, modelLocks, settings.maxVersions());
  }

  @Bean
  ModelRepository modelRepository(List<ModelObserver> observers, ModelSettings settings) {
    return new ModelRepository(observers, settings.readiness());
  }

  @Bean
  ModelLifecycle modelLifecycle(
      ModelSettings settings,
      UploadedModelFiles uploads,
      ModelRepository repository,
      ModelLoader loader,
      NameLocks modelLocks,
      AuditTrail audit) {
    return new ModelLifecycle(
        sources(settings, uploads),
        uploads,
        repository,
        loader,
        modelLocks,
        new LifecycleRecords(repository, audit),
        settings);
  }

  @Bean
  ResidentNetworks residentNetworks(
      ModelSettings settings, UploadedModelFiles uploads, ModelLoader loader, Schedule schedule) {
    return new ResidentNetworks(settings, sources(settings, uploads), loader, schedule);
  }

  private static List<ModelSource> sources(ModelSettings settings, UploadedModelFiles uploads) {
    List<ModelSource> sources = new ArrayList<>();
    if (settings.directory() != null) {
      sources.add(new ModelDirectory(settings.directory(), Origin.DIRECTORY));
    }
    sources.add(uploads);
    if (settings.bundled()) {
      sources.add(new BundledModels());
    }
    return sources;
  }

  /** Loads the models while the server already answers that it lives. */
  @Bean
  ApplicationRunner modelsAtStart(
      ModelSettings settings,
      ModelRepository repository,
      ModelLifecycle lifecycle,
      UploadedModelSync uploads,
      Schedule schedule) {
    return arguments -> {
      if (settings.directory() != null && !settings.directoryPoll().isZero()) {
        DirectoryPolling polling =
            new DirectoryPolling(settings.directory(), lifecycle, repository);
        // Before they are loaded, so that what changes meanwhile is seen.
        polling.begin();
        polling.repeat(settings.directoryPoll(), schedule);
      }
      lifecycle.loadAll();
      // What another replica took while these were loading.
      uploads.begin();
    };
  }
}
