package io.norma.runningstatistics.web;

import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.runningstatistics.DriftMonitor;
import io.norma.runningstatistics.DriftSettings;
import io.norma.runningstatistics.web.StatisticsMessages.Drift;
import io.norma.runningstatistics.web.StatisticsMessages.RevisionDrift;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** How far what comes in is from the running statistics that normalize it. */
@RestController
final class DriftController {
  private final ModelRepository repository;
  private final DriftMonitor monitor;
  private final DriftSettings settings;

  DriftController(ModelRepository repository, DriftMonitor monitor, DriftSettings settings) {
    this.repository = repository;
    this.monitor = monitor;
    this.settings = settings;
  }

  @GetMapping({"/v1/models/{model}/drift", "/v1/models/{model}/versions/{version}/drift"})
  Drift drift(
      @PathVariable String model, @PathVariable(required = false) @Nullable String version) {
    ServedModel served = repository.get(model, RunningStatisticsController.number(version));
    return new Drift(
        served.name(),
        Long.toString(served.version()),
        settings.sampleRate(),
        settings.window().toMillis() / 1e3,
        monitor.of(served).stream().map(RevisionDrift::of).toList());
  }
}
