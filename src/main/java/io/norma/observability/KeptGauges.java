package io.norma.observability;

import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Gauges of one name that stay registered while their values change. Registering them anew each
 * time would let a scrape in between see one twice.
 */
final class KeptGauges {
  private final MultiGauge gauge;
  private final Map<Tags, AtomicReference<Double>> values = new HashMap<>();

  KeptGauges(MultiGauge gauge) {
    this.gauge = gauge;
  }

  /** These are all that there are from now on. */
  synchronized void update(Map<Tags, Double> latest) {
    values.keySet().retainAll(latest.keySet());
    latest.forEach((tags, value) ->
        values.computeIfAbsent(tags, t -> new AtomicReference<>(value)).set(value));
    List<Row<?>> rows = new ArrayList<>();
    values.forEach((tags, value) -> rows.add(Row.of(tags, value::get)));
    gauge.register(rows, false);
  }
}
