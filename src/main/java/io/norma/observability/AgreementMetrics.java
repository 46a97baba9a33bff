package io.norma.observability;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.norma.runningstatistics.ActivationObserver;
import io.norma.runningstatistics.AgreementMonitor;
import io.norma.runningstatistics.AgreementMonitor.Agreement;
import io.norma.runningstatistics.AgreementMonitor.Pair;
import io.norma.runningstatistics.RevisionName;
import io.norma.runningstatistics.TrafficSplit;
import io.norma.serving.NetworkIdentity;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * Counters of how far each revision of a split agrees with the active one: there as long as the
 * split is, so that there are at most as many as a split has shares.
 */
final class AgreementMetrics implements ActivationObserver {
  private static final String PREFIX = "norma.split.agreement.";

  private final MeterRegistry registry;
  private final AgreementMonitor monitor;
  private final Map<Key, List<FunctionCounter>> counters = new HashMap<>();

  AgreementMetrics(MeterRegistry registry, AgreementMonitor monitor) {
    this.registry = registry;
    this.monitor = monitor;
  }

  private record Key(NetworkIdentity network, Pair pair) {}

  @Override
  public synchronized void serves(NetworkIdentity network, TrafficSplit split) {
    Set<Key> keys = new HashSet<>();
    for (RevisionName other : split.others()) {
      keys.add(new Key(network, new Pair(split.primary(), other)));
    }
    removeAllBut(network, keys);
    keys.forEach(key -> counters.computeIfAbsent(key, this::register));
  }

  @Override
  public synchronized void forgets(NetworkIdentity network) {
    removeAllBut(network, Set.of());
  }

  private void removeAllBut(NetworkIdentity network, Set<Key> stay) {
    counters
        .entrySet()
        .removeIf(entry -> {
          boolean goes = entry.getKey().network().equals(network) && !stay.contains(entry.getKey());
          if (goes) {
            entry.getValue().forEach(registry::remove);
          }
          return goes;
        });
  }

  private List<FunctionCounter> register(Key key) {
    return List.of(
        counter(
            key,
            "rows",
            "Rows that both revisions answered",
            agreement -> (double) agreement.rows()),
        counter(
            key,
            "same.answers",
            "Rows whose largest element is at one position by both revisions",
            agreement -> (double) agreement.sameAnswers()),
        counter(
            key,
            "absolute.difference",
            "Sum over the rows of the mean absolute difference of their outputs",
            Agreement::absoluteDifference));
  }

  private FunctionCounter counter(
      Key key, String name, String description, ToDoubleFunction<Agreement> value) {
    return FunctionCounter.builder(PREFIX + name, monitor, seen -> value(seen, key, value))
        .description(description)
        .tags(
            Tags.of(
                "model",
                key.network().model(),
                "version",
                Long.toString(key.network().version()),
                "running_statistics",
                key.pair().active().toString(),
                "other",
                key.pair().other().toString()))
        .register(registry);
  }

  private static double value(
      AgreementMonitor monitor, Key key, ToDoubleFunction<Agreement> value) {
    return monitor.of(key.network()).stream()
        .filter(agreement -> agreement.pair().equals(key.pair()))
        .mapToDouble(value)
        .findFirst()
        .orElse(0);
  }
}
