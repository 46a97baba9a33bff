package io.norma.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.norma.normalization.NormalizationObserver;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Times and counts of normalizations by kind and mode: histograms of whole requests by outcome and
 * of computing alone, and the rows and elements that were answered.
 */
final class NormalizationMetrics implements NormalizationObserver {
  private final MeterRegistry registry;
  private final Map<RequestKey, Timer> requests = new ConcurrentHashMap<>();
  private final Map<Key, Meters> meters = new ConcurrentHashMap<>();

  private record Key(String kind, String mode) {}

  private record RequestKey(Key key, Outcome outcome) {}

  private record Meters(Timer compute, Counter rows, Counter elements) {}

  NormalizationMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void ended(Normalization normalization) {
    Key key = new Key(normalization.kind(), normalization.mode());
    requests
        .computeIfAbsent(new RequestKey(key, normalization.outcome()), this::request)
        .record(normalization.total(), TimeUnit.NANOSECONDS);
    if (normalization.outcome() == Outcome.SUCCESS) {
      Meters successful = meters.computeIfAbsent(key, this::meters);
      successful.compute().record(normalization.compute(), TimeUnit.NANOSECONDS);
      successful.rows().increment((double) normalization.rows());
      successful.elements().increment((double) normalization.elements());
    }
  }

  private Timer request(RequestKey key) {
    return Timer.builder("norma.normalization.request")
        .description("Time of a normalization, from reading the request to preparing the response")
        .tag("kind", key.key().kind())
        .tag("mode", key.key().mode())
        .tag("outcome", key.outcome().name().toLowerCase(Locale.ROOT))
        .serviceLevelObjectives(InferenceMetrics.BUCKETS)
        .register(registry);
  }

  private Meters meters(Key key) {
    return new Meters(
        Timer.builder("norma.normalization.compute")
            .description("Time of a successful normalization in the kernel alone")
            .tag("kind", key.kind())
            .tag("mode", key.mode())
            .serviceLevelObjectives(InferenceMetrics.BUCKETS)
            .register(registry),
        counter(key, "norma.normalization.rows", "Rows of successful normalizations"),
        counter(key, "norma.normalization.elements", "Elements of successful normalizations"));
  }

  private Counter counter(Key key, String name, String description) {
    return Counter.builder(name)
        .description(description)
        .tag("kind", key.kind())
        .tag("mode", key.mode())
        .register(registry);
  }
}
