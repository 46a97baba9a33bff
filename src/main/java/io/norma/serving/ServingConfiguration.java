package io.norma.serving;

import io.norma.kernel.compute.ComputePool;
import io.norma.serving.ModelFile.Origin;
import io.norma.store.UploadedModels;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the use cases together. */
@Configuration(proxyBeanMethods = false)
class ServingConfiguration {
  @Bean
  RequestStatistics requestStatistics() {
    return new RequestStatistics();
  }

  @Bean
  MemoryBudgets memoryBudgets(ServingSettings settings) {
    return MemoryBudgets.of(settings, Runtime.getRuntime().maxMemory());
  }

  @Bean
  Warmup warmup(ServingSettings settings, ComputeSlots slots) {
    return new Warmup(settings.models().warmUpAtMost(), slots);
  }

  @Bean
  ModelLoader modelLoader(Warmup warmup, MemoryBudgets budgets) {
    return new ModelLoader(warmup, budgets);
  }

  @Bean
  UploadedModelFiles uploadedModelFiles(UploadedModels uploads, MemoryBudgets budgets) {
    return new UploadedModelFiles(uploads, budgets.heap());
  }

  @Bean
  UploadedModelSync uploadedModelSync(
      ModelRepository repository, ModelLifecycle lifecycle, UploadedModelFiles uploads) {
    return new UploadedModelSync(repository, lifecycle, uploads);
  }

  @Bean
  IncomingFiles incomingFiles(ServingSettings settings) {
    IncomingFiles incoming = new IncomingFiles(settings.dataDirectory().resolve("incoming"));
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
      IncomingFiles incoming,
      NameLocks modelLocks) {
    return new ModelUploads(repository, loader, files, incoming, modelLocks);
  }

  @Bean
  ModelRepository modelRepository(List<InferenceObserver> observers) {
    return new ModelRepository(observers);
  }

  @Bean
  ModelLifecycle modelLifecycle(
      ServingSettings settings,
      UploadedModelFiles uploads,
      ModelRepository repository,
      ModelLoader loader,
      NameLocks modelLocks) {
    List<ModelSource> sources = new ArrayList<>();
    if (settings.models().directory() != null) {
      sources.add(new ModelDirectory(settings.models().directory(), Origin.DIRECTORY));
    }
    sources.add(uploads);
    if (settings.models().bundled()) {
      sources.add(new BundledModels());
    }
    return new ModelLifecycle(sources, uploads, repository, loader, modelLocks);
  }

  @Bean
  ComputeSlots computeSlots(ServingSettings settings) {
    ComputePool.configure(settings.compute().slots());
    return new ComputeSlots(settings.compute().slots(), settings.inference().maxQueue());
  }

  @Bean
  InferenceWatch inferenceWatch(ComputeSlots slots, ServingSettings settings) {
    return new InferenceWatch(slots, settings.watch().budget(), settings.compute().slots());
  }

  @Bean
  InferenceService inferenceService(
      ModelRepository repository,
      NormalizationSelector selector,
      ComputeSlots slots,
      InferenceWatch watch,
      Warmup warmup,
      ServingSettings settings,
      List<InferenceObserver> observers) {
    return new InferenceService(
        repository, selector, slots, watch, warmup, settings.inference().maxBatchSize(), observers);
  }

  /** Loads the models while the server already answers that it lives. */
  @Bean
  ApplicationRunner modelsAtStart(ModelLifecycle lifecycle, UploadedModelSync uploads) {
    return arguments -> {
      lifecycle.loadAll();
      // What another replica took while these were loading.
      uploads.begin();
    };
  }
}
