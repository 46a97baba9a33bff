package io.norma.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.norma.inference.InferenceObserver;
import io.norma.models.ModelObserver;
import io.norma.models.ServedModel;
import io.norma.serving.NetworkIdentity;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Times and counts of inferences per model and version: histograms of whole requests by outcome, of
 * waiting and of computing alone, and the rows that were answered and run together.
 */
final class InferenceMetrics implements InferenceObserver, ModelObserver {
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

  private static final double[] BATCH_SIZES = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};

  private final MeterRegistry registry;
  private final Map<NetworkIdentity, Meters> networks = new ConcurrentHashMap<>();

  InferenceMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void added(ServedModel model) {
    networks.computeIfAbsent(model.identity(), Meters::new);
  }

  @Override
  public void removed(ServedModel model) {
    Meters meters = networks.remove(model.identity());
    if (meters != null) {
      meters.close();
    }
  }

  @Override
  public void ended(Inference inference) {
    Meters meters = networks.get(inference.network());
    if (meters != null) {
      meters.record(inference);
    }
  }

  /** The meters of one network, which come as they are needed and go all together. */
  private final class Meters {
    private final List<Tag> tags;
    private final Map<Outcome, Timer> requests = new ConcurrentHashMap<>();
    private volatile @Nullable Timer wait;
    private volatile @Nullable Timer compute;
    private volatile @Nullable DistributionSummary batches;
    private volatile @Nullable Counter rows;
    private boolean closed;

    Meters(NetworkIdentity network) {
      tags =
          List.of(
              Tag.of("model", network.model()),
              Tag.of("version", Long.toString(network.version())));
    }

    void record(Inference inference) {
      if (!requests.containsKey(inference.outcome()) && !register(inference.outcome())) {
        return;
      }
      Objects.requireNonNull(requests.get(inference.outcome()))
          .record(inference.total(), TimeUnit.NANOSECONDS);
      if (inference.outcome() == Outcome.SUCCESS) {
        Objects.requireNonNull(wait).record(inference.queue(), TimeUnit.NANOSECONDS);
        if (inference.counts()) {
          Objects.requireNonNull(batches).record(inference.rowsOfRun());
        }
        Objects.requireNonNull(compute).record(inference.compute(), TimeUnit.NANOSECONDS);
        Objects.requireNonNull(rows).increment(inference.rows());
      }
    }

    /** Whether the meters are there now: not if an inference ends after its model has gone. */
    private synchronized boolean register(Outcome outcome) {
      if (closed) {
        return false;
      }
      if (outcome == Outcome.SUCCESS) {
        wait = timer("norma.inference.wait", "Time that a successful inference waited to compute");
        compute =
            timer(
                "norma.inference.compute",
                "Time of a successful inference in the execution plan alone");
        batches =
            DistributionSummary.builder("norma.inference.batch.size")
                .description("Rows that ran together")
                .tags(tags)
                .serviceLevelObjectives(BATCH_SIZES)
                .register(registry);
        rows =
            Counter.builder("norma.inference.rows")
                .description("Rows of successful inferences")
                .tags(tags)
                .register(registry);
      }
      requests.computeIfAbsent(
          outcome,
          _ ->
              Timer.builder("norma.inference.request")
                  .description(
                      "Time of an inference, from reading the request to writing the response")
                  .tags(tags)
                  .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                  .serviceLevelObjectives(BUCKETS)
                  .register(registry));
      return true;
    }

    private Timer timer(String name, String description) {
      return Timer.builder(name)
          .description(description)
          .tags(tags)
          .serviceLevelObjectives(BUCKETS)
          .register(registry);
    }

    synchronized void close() {
      closed = true;
      requests.values().forEach(registry::remove);
      if (compute != null) {
        registry.remove(Objects.requireNonNull(compute));
        registry.remove(Objects.requireNonNull(wait));
        registry.remove(Objects.requireNonNull(batches));
        registry.remove(Objects.requireNonNull(rows));
      }
    }
  }

  static void gauge(
      MeterRegistry registry, String name, String description, Supplier<Number> value) {
    Gauge.builder(name, value).description(description).register(registry);
  }
}
