package io.norma.admission;

import io.norma.kernel.compute.ComputePool;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Who may compute, and who may hold how much of the heap. */
@Configuration(proxyBeanMethods = false)
class AdmissionConfiguration {
  @Bean
  MemoryBudgets memoryBudgets(AdmissionSettings settings) {
    return MemoryBudgets.of(settings, Runtime.getRuntime().maxMemory());
  }

  @Bean
  ComputeSlots computeSlots(AdmissionSettings settings) {
    ComputePool.configure(settings.compute().slots());
    return new ComputeSlots(settings.compute().slots(), settings.inference().maxQueue());
  }

  @Bean
  Imports imports(AdmissionSettings settings) {
    return new Imports(settings);
  }

  @Bean
  ComputeThreads computeThreads(ComputeSlots slots, AdmissionSettings settings) {
    return new ComputeThreads(
        slots, settings.compute().slots(), settings.compute().ownThreadAbove());
  }
}
