package io.norma.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.norma.following.FollowingObserver;
import io.norma.serving.NetworkIdentity;
import java.util.Locale;

/** Counts what becomes of followed classes; not by class, for callers name those. */
final class FollowingMetrics implements FollowingObserver {
  private final MeterRegistry registry;

  FollowingMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void happened(NetworkIdentity network, String trafficClass, Step step) {
    Counter.builder("norma.following.steps")
        .description("What was done with the rows of followed traffic classes")
        .tag("model", network.model())
        .tag("version", Long.toString(network.version()))
        .tag("step", step.name().toLowerCase(Locale.ROOT))
        .register(registry)
        .increment();
  }
}
