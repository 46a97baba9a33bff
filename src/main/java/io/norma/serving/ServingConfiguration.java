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
  ModelStore modelStore(UploadedModels uploads, MemoryBudgets budgets) {
    return new DatabaseModelStore(uploads, budgets.heap());
  }

  @Bean
  UploadedModelSync uploadedModelSync(
      ModelRepository repository, ModelLoader loader, ModelStore store) {
    return new UploadedModelSync(repository, loader, store);
  }

  @Bean
  IncomingFiles incomingFiles(ServingSettings settings) {
    return new IncomingFiles(settings.dataDirectory().resolve("incoming"));
  }

  @Bean
  ModelUploads modelUploads(
      ModelRepository repository, ModelLoader loader, ModelStore store, IncomingFiles incoming) {
    return new ModelUploads(repository, loader, store, incoming);
  }

  @Bean
  ModelRepository modelRepository(
      ServingSettings settings,
      ModelStore store,
      ModelLoader loader,
      List<InferenceObserver> observers) {
    List<ModelSource> sources = new ArrayList<>();
    if (settings.models().directory() != null) {
      sources.add(new ModelDirectory(settings.models().directory(), Origin.DIRECTORY));
    }
    sources.add(store);
    if (settings.models().bundled()) {
      sources.add(new BundledModels());
    }
    return new ModelRepository(sources, loader, observers);
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
  ApplicationRunner modelsAtStart(ModelRepository repository, UploadedModelSync uploads) {
    return arguments -> {
      repository.loadAll();
      // What another replica took while these were loading.
      uploads.begin();
    };
  }
}
