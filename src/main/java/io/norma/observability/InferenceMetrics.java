package io.norma.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.norma.serving.InferenceObserver;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/**
 * Times and counts of inferences per model and version: histograms of whole requests by outcome and
 * of computing alone, and the rows that were answered.
 */
final class InferenceMetrics implements InferenceObserver {
  static final Duration[] BUCKETS =
      LongStream.of(
              50,
              100,
              250,
              500,
              1_000,
              2_500,
              5_000,
              10_000,
              25_000,
              50_000,
              100_000,
              250_000,
              500_000,
              1_000_000,
              2_500_000,
              5_000_000,
              10_000_000)
          .mapToObj(microseconds -> Duration.ofNanos(1_000 * microseconds))
          .toArray(Duration[]::new);

  private final MeterRegistry registry;
  private final Map<RequestKey, Timer> requests = new ConcurrentHashMap<>();
  private final Map<Key, ModelMeters> models = new ConcurrentHashMap<>();

  private record Key(String model, long version) {
    List<Tag> tags() {
      return List.of(Tag.of("model", model), Tag.of("version", Long.toString(version)));
    }
  }

  private record RequestKey(Key model, Outcome outcome) {}

  private record ModelMeters(Timer compute, Counter rows) {}

  InferenceMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void ended(Inference inference) {
    Key key = new Key(inference.model(), inference.version());
    requests
        .computeIfAbsent(new RequestKey(key, inference.outcome()), this::request)
        .record(inference.total(), TimeUnit.NANOSECONDS);
    if (inference.outcome() == Outcome.SUCCESS) {
      ModelMeters meters = models.computeIfAbsent(key, this::meters);
      meters.compute().record(inference.compute(), TimeUnit.NANOSECONDS);
      meters.rows().increment(inference.rows());
    }
  }

  @Override
  public void removed(String model, long version) {
    Key key = new Key(model, version);
    ModelMeters meters = models.remove(key);
    if (meters != null) {
      registry.remove(meters.compute());
      registry.remove(meters.rows());
    }
    for (Outcome outcome : Outcome.values()) {
      Timer request = requests.remove(new RequestKey(key, outcome));
      if (request != null) {
        registry.remove(request);
      }
    }
  }

  private Timer request(RequestKey key) {
    return Timer.builder("norma.inference.request")
        .description("Time of an inference, from reading the request to writing the response")
        .tags(key.model().tags())
        .tag("outcome", key.outcome().name().toLowerCase(Locale.ROOT))
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }

  private ModelMeters meters(Key key) {
    return new ModelMeters(
        Timer.builder("norma.inference.compute")
            .description("Time of a successful inference in the execution plan alone")
            .tags(key.tags())
            .serviceLevelObjectives(BUCKETS)
            .register(registry),
        Counter.builder("norma.inference.rows")
            .description("Rows of successful inferences")
            .tags(key.tags())
            .register(registry));
  }

  static void gauge(
      MeterRegistry registry, String name, String description, Supplier<Number> value) {
    Gauge.builder(name, value).description(description).register(registry);
  }
}
