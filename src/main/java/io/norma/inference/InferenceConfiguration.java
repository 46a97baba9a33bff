package io.norma.inference;

import io.norma.admission.AdmissionSettings;
import io.norma.admission.ComputeSlots;
import io.norma.admission.ComputeThreads;
import io.norma.inference.batching.Batcher;
import io.norma.inference.batching.BatchingSettings;
import io.norma.models.ModelRepository;
import io.norma.models.Warmup;
import java.time.Clock;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts together what answers a request. */
@Configuration(proxyBeanMethods = false)
class InferenceConfiguration {
  @Bean
  RequestCounts requestCounts(Clock clock) {
    return new RequestCounts(clock);
  }

  @Bean
  InferenceWatch inferenceWatch(
      ComputeSlots slots, WatchSettings watch, AdmissionSettings admission) {
    return new InferenceWatch(slots, watch.budget(), admission.compute().slots());
  }

  @Bean
  Batcher batcher(BatchingSettings settings, ComputeSlots slots, ComputeThreads threads) {
    return new Batcher(settings, slots, threads);
  }

  @Bean
  RequestTurns requestTurns(AdmissionSettings admission) {
    return new RequestTurns(admission.inference());
  }

  @Bean
  InferenceService inferenceService(
      ModelRepository repository,
      NormalizationSelector selector,
      ComputeSlots slots,
      ComputeThreads threads,
      Batcher batcher,
      RequestTurns turns,
      InferenceWatch watch,
      Warmup warmup,
      AdmissionSettings admission,
      List<InferenceObserver> observers) {
    return new InferenceService(
        repository,
        selector,
        slots,
        threads,
        batcher,
        turns,
        watch,
        warmup,
        admission.inference(),
        observers);
  }
}
