package io.norma.observability;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.norma.runningstatistics.ActivationObserver;
import io.norma.runningstatistics.RevisionName;
import io.norma.serving.NetworkIdentity;
import java.util.HashMap;
import java.util.Map;

/**
 * One gauge per model version, always 1, whose label names the active running statistics; the one
 * of those before goes as the next one comes.
 */
final class ActiveStatisticsGauges implements ActivationObserver {
  private final Map<NetworkIdentity, Tags> active = new HashMap<>();
  private final KeptGauges gauges;

  ActiveStatisticsGauges(MeterRegistry registry) {
    gauges =
        new KeptGauges(
            MultiGauge.builder("norma.active.running.statistics")
                .description("1 for the running statistics of requests that name none")
                .register(registry));
  }

  @Override
  public synchronized void serves(NetworkIdentity network, RevisionName name) {
    active.put(
        network,
        Tags.of(
            "model",
            network.model(),
            "version",
            Long.toString(network.version()),
            "running_statistics",
            name.toString()));
    update();
  }

  @Override
  public synchronized void forgets(NetworkIdentity network) {
    active.remove(network);
    update();
  }

  private void update() {
    Map<Tags, Double> ones = new HashMap<>();
    active.values().forEach(tags -> ones.put(tags, 1.0));
    gauges.update(ones);
  }
}
