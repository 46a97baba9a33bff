package io.norma.observability;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.norma.models.ModelRepository;
import io.norma.models.ModelRepository.State;
import io.norma.models.ServedModel;
import io.norma.runningstatistics.DriftMonitor;
import io.norma.runningstatistics.DriftMonitor.Drift;
import io.norma.runningstatistics.DriftMonitor.LayerDrift;
import io.norma.scheduling.Schedule;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drift per model, version, running statistics and layer, brought up to date every ten seconds.
 * Where there are too few samples there is a count and nothing else.
 */
final class DriftGauges {
  private static final Logger LOG = LoggerFactory.getLogger(DriftGauges.class);
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private final ModelRepository repository;
  private final DriftMonitor monitor;
  private final KeptGauges samples;
  private final KeptGauges divergence;
  private final KeptGauges shift;

  DriftGauges(
      ModelRepository repository, DriftMonitor monitor, MeterRegistry registry, Schedule schedule) {
    this.repository = repository;
    this.monitor = monitor;
    samples =
        new KeptGauges(
            MultiGauge.builder("norma.drift.samples")
                .description("Rows in the window that drift is judged by")
                .register(registry));
    divergence =
        new KeptGauges(
            MultiGauge.builder("norma.drift.symmetric.kl")
                .description("Symmetric Kullback-Leibler divergence, mean over the channels")
                .baseUnit("nats")
                .register(registry));
    shift =
        new KeptGauges(
            MultiGauge.builder("norma.drift.mean.shift")
                .description("Largest shift of a channel's mean, in its standard deviations")
                .register(registry));
    schedule.repeat(INTERVAL, this::updateOrWarn);
  }

  private void updateOrWarn() {
    try {
      update();
    } catch (RuntimeException e) {
      LOG.warn("the drift gauges cannot be brought up to date", e);
    }
  }

  void update() {
    Map<Tags, Double> counts = new HashMap<>();
    Map<Tags, Double> divergences = new HashMap<>();
    Map<Tags, Double> shifts = new HashMap<>();
    for (ModelRepository.Entry entry : repository.index()) {
      if (!(entry.state() instanceof State.Ready(ServedModel model))) {
        continue;
      }
      for (Drift drift : drifts(model)) {
        Tags tags =
            Tags.of(
                "model",
                model.name(),
                "version",
                Long.toString(model.version()),
                "running_statistics",
                drift.name().toString());
        counts.put(tags, (double) drift.samples());
        for (LayerDrift layer : drift.layers()) {
          Tags ofLayer = tags.and("layer", layer.layer());
          divergences.put(ofLayer, layer.distance().symmetricKullbackLeibler());
          shifts.put(ofLayer, Math.abs(layer.distance().largestMeanShift()));
        }
      }
    }
    samples.update(counts);
    divergence.update(divergences);
    shift.update(shifts);
  }

  /** One model whose statistics cannot be read must not hide the others. */
  private List<Drift> drifts(ServedModel model) {
    try {
      return monitor.of(model);
    } catch (RuntimeException e) {
      LOG.warn("the drift of model {} cannot be told", model.identity(), e);
      return List.of();
    }
  }
}
