package io.norma.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.norma.inference.InferenceObserver;
import io.norma.models.ModelObserver;
import io.norma.models.ServedModel;
import io.norma.runningstatistics.ActivationObserver;
import io.norma.runningstatistics.TrafficSplit;
import io.norma.runningstatistics.TrafficSplit.Share;
import io.norma.serving.NetworkIdentity;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Times and counts of inferences per model and version: histograms of whole requests by outcome, of
 * waiting and of computing alone, and the rows that were answered and run together. Requests and
 * rows also by running statistics, so that those that share the requests can be held against each
 * other: by a bounded number of them, all others as one.
 */
final class InferenceMetrics implements InferenceObserver, ModelObserver, ActivationObserver {
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

  private static final String LABEL = "running_statistics";
  private static final double[] BATCH_SIZES = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};

  /** Stands for running statistics that are not told apart. */
  private static final String OTHER = "other";

  /** Stands for an inference that had none: it ended before, or ran by its batch's own. */
  private static final String NONE = "none";

  private final MeterRegistry registry;
  private final int maxRunningStatistics;
  private final Map<NetworkIdentity, Meters> networks = new ConcurrentHashMap<>();
  private final Map<NetworkIdentity, List<String>> active = new HashMap<>();

  /**
   * @param maxRunningStatistics revisions of a model version that are told apart: at most those
   *     that have shared its requests last
   */
  InferenceMetrics(MeterRegistry registry, int maxRunningStatistics) {
    this.registry = registry;
    this.maxRunningStatistics = maxRunningStatistics;
  }

  @Override
  public synchronized void added(ServedModel model) {
    networks
        .computeIfAbsent(model.identity(), Meters::new)
        .tellApart(active.getOrDefault(model.identity(), List.of()));
  }

  @Override
  public synchronized void removed(ServedModel model) {
    Meters meters = networks.remove(model.identity());
    if (meters != null) {
      meters.close();
    }
  }

  @Override
  public synchronized void serves(NetworkIdentity network, TrafficSplit split) {
    List<String> names =
        split.shares().stream()
            .sorted(Comparator.comparingInt(Share::millionths).reversed())
            .limit(maxRunningStatistics)
            .map(share -> share.name().toString())
            .toList();
    active.put(network, names);
    Meters meters = networks.get(network);
    if (meters != null) {
      meters.tellApart(names);
    }
  }

  @Override
  public synchronized void forgets(NetworkIdentity network) {
    active.remove(network);
  }

  @Override
  public void ended(Inference inference) {
    Meters meters = networks.get(inference.network());
    if (meters != null) {
      meters.record(inference);
    }
  }

  /** What stays apart of one network's running statistics. */
  private record Key(String runningStatistics, Outcome outcome) {}

  /** The meters of one network, which come as they are needed and go all together. */
  private final class Meters {
    private final List<Tag> tags;
    private final Map<Key, Timer> requests = new ConcurrentHashMap<>();
    private final Map<String, Counter> rows = new ConcurrentHashMap<>();

    /** In the order in which they were last given requests. */
    private final LinkedHashSet<String> order = new LinkedHashSet<>();

    private volatile Set<String> toldApart = Set.of();
    private volatile @Nullable Timer wait;
    private volatile @Nullable Timer compute;
    private volatile @Nullable DistributionSummary batches;
    private boolean closed;

    Meters(NetworkIdentity network) {
      tags =
          List.of(
              Tag.of("model", network.model()),
              Tag.of("version", Long.toString(network.version())));
    }

    /** These have a label of their own; those that had one longest ago lose theirs to them. */
    synchronized void tellApart(List<String> names) {
      names.forEach(order::remove);
      order.addAll(names);
      while (order.size() > maxRunningStatistics) {
        String oldest = order.removeFirst();
        toldApart = Set.copyOf(order);
        removeAll(requests, key -> key.runningStatistics().equals(oldest));
        removeAll(rows, oldest::equals);
      }
      toldApart = Set.copyOf(order);
    }

    private <K> void removeAll(Map<K, ? extends Meter> meters, Predicate<K> which) {
      meters
          .entrySet()
          .removeIf(entry -> {
            boolean goes = which.test(entry.getKey());
            if (goes) {
              registry.remove(entry.getValue());
            }
            return goes;
          });
    }

    private String label(Inference inference) {
      String name = inference.runningStatistics();
      return name == null ? NONE : toldApart.contains(name) ? name : OTHER;
    }

    void record(Inference inference) {
      Key key = new Key(label(inference), inference.outcome());
      Timer request = requests.get(key);
      if (request == null) {
        request = register(inference);
        if (request == null) {
          return;
        }
      }
      request.record(inference.total(), TimeUnit.NANOSECONDS);
      if (inference.outcome() == Outcome.SUCCESS) {
        Objects.requireNonNull(wait).record(inference.queue(), TimeUnit.NANOSECONDS);
        if (inference.counts()) {
          Objects.requireNonNull(batches).record(inference.rowsOfRun());
        }
        Objects.requireNonNull(compute).record(inference.compute(), TimeUnit.NANOSECONDS);
        Counter counted = rows.get(key.runningStatistics());
        if (counted != null) {
          counted.increment(inference.rows());
        }
      }
    }

    /** Its timer: none if an inference ends after its model has gone. */
    private synchronized @Nullable Timer register(Inference inference) {
      if (closed) {
        return null;
      }
      // Again, under the lock: it may have lost its label meanwhile.
      String label = label(inference);
      if (inference.outcome() == Outcome.SUCCESS) {
        if (compute == null) {
          registerOfAll();
        }
        rows.computeIfAbsent(
            label,
            _ ->
                Counter.builder("norma.inference.rows")
                    .description("Rows of successful inferences")
                    .tags(tags)
                    .tag(LABEL, label)
                    .register(registry));
      }
      return requests.computeIfAbsent(
          new Key(label, inference.outcome()),
          key ->
              Timer.builder("norma.inference.request")
                  .description(
                      "Time of an inference, from reading the request to writing the response")
                  .tags(tags)
                  .tag(LABEL, label)
                  .tag("outcome", key.outcome().name().toLowerCase(Locale.ROOT))
                  .serviceLevelObjectives(BUCKETS)
                  .register(registry));
    }

    /** What is not told apart by running statistics: those of several run together. */
    private void registerOfAll() {
      wait = timer("norma.inference.wait", "Time that a successful inference waited to compute");
      batches =
          DistributionSummary.builder("norma.inference.batch.size")
              .description("Rows that ran together")
              .tags(tags)
              .serviceLevelObjectives(BATCH_SIZES)
              .register(registry);
      compute =
          timer(
              "norma.inference.compute",
              "Time of a successful inference in the execution plan alone");
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
      removeAll(requests, _ -> true);
      removeAll(rows, _ -> true);
      if (compute != null) {
        registry.remove(Objects.requireNonNull(compute));
        registry.remove(Objects.requireNonNull(wait));
        registry.remove(Objects.requireNonNull(batches));
      }
    }
  }

  static void gauge(
      MeterRegistry registry, String name, String description, Supplier<Number> value) {
    Gauge.builder(name, value).description(description).register(registry);
  }
}
