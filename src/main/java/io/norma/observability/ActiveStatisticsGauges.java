package io.norma.observability;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.norma.runningstatistics.ActivationObserver;
import io.norma.runningstatistics.TrafficSplit;
import io.norma.serving.NetworkIdentity;
import java.util.HashMap;
import java.util.Map;

/**
 * One gauge per model version and running statistics that requests get which name none: their share
 * of those requests, which is 1 where they get them all. Those of before go as the next ones come.
 */
final class ActiveStatisticsGauges implements ActivationObserver {
  private final Map<NetworkIdentity, Map<Tags, Double>> active = new HashMap<>();
  private final KeptGauges gauges;

  ActiveStatisticsGauges(MeterRegistry registry) {
    gauges =
        new KeptGauges(
            MultiGauge.builder("norma.active.running.statistics")
                .description("Share of the requests that name no running statistics")
                .register(registry));
  }

  @Override
  public synchronized void serves(NetworkIdentity network, TrafficSplit split) {
    Map<Tags, Double> shares = new HashMap<>();
    for (TrafficSplit.Share share : split.shares()) {
      shares.put(
          Tags.of(
              "model",
              network.model(),
              "version",
              Long.toString(network.version()),
              "running_statistics",
              share.name().toString()),
          share.fraction());
    }
    active.put(network, shares);
    update();
  }

  @Override
  public synchronized void forgets(NetworkIdentity network) {
    active.remove(network);
    update();
  }

  private void update() {
    Map<Tags, Double> all = new HashMap<>();
    active.values().forEach(all::putAll);
    gauges.update(all);
  }
}
