package io.norma.observability;

import io.norma.inference.RequestCounts;
import io.norma.inference.RequestCounts.Counts;
import io.norma.models.ModelRepository;
import io.norma.models.ModelRepository.State;
import io.norma.models.ServedModel;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricFamilyDescriptor;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot.UnknownDataPointSnapshot;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * The counts of the V2 protocol's statistics extension under the names and labels that Triton's
 * metrics have, for dashboards and autoscalers that ask for them (Triton Inference Server, user
 * guide, "Metrics"). They are without a type: the text format writes the names of counters with an
 * ending that Triton's do not have.
 */
final class TritonMetrics implements MultiCollector {
  private static final List<Metric> METRICS =
      List.of(
          new Metric(
              "nv_inference_request_success",
              "Number of successful inference requests",
              counts -> counts.success().count()),
          new Metric(
              "nv_inference_request_failure",
              "Number of failed inference requests",
              counts -> counts.failure().count()),
          new Metric("nv_inference_count", "Number of inferences performed: rows", Counts::rows),
          new Metric(
              "nv_inference_exec_count",
              "Number of model executions performed",
              Counts::executions),
          duration("request", "successful inference requests", Counts::success),
          duration("queue", "waiting to compute", Counts::queue),
          duration("compute_input", "reading and checking requests", Counts::input),
          duration("compute_infer", "computing", Counts::compute),
          duration("compute_output", "writing responses", Counts::output));

  private final ModelRepository repository;
  private final RequestCounts counts;

  TritonMetrics(ModelRepository repository, RequestCounts counts) {
    this.repository = repository;
    this.counts = counts;
  }

  private record Metric(String name, String help, ToLongFunction<Counts> value) {}

  private static Metric duration(
      String part, String of, Function<Counts, RequestCounts.Duration> value) {
    return new Metric(
        "nv_inference_" + part + "_duration_us",
        "Cumulative time of " + of + " in microseconds",
        counts -> TimeUnit.NANOSECONDS.toMicros(value.apply(counts).nanoseconds()));
  }

  private record OfModel(Labels labels, Counts counts) {}

  @Override
  public MetricSnapshots collect() {
    List<OfModel> models =
        repository.index().stream()
            .filter(entry -> entry.state() instanceof State.Ready)
            .map(entry -> ofModel(((State.Ready) entry.state()).model()))
            .toList();
    return new MetricSnapshots(METRICS.stream().map(metric -> snapshot(metric, models)).toList());
  }

  private OfModel ofModel(ServedModel model) {
    return new OfModel(
        Labels.of("model", model.name(), "version", Long.toString(model.version())),
        counts.of(model.identity()));
  }

  private static MetricSnapshot snapshot(Metric metric, List<OfModel> models) {
    UnknownSnapshot.Builder snapshot =
        UnknownSnapshot.builder().name(metric.name()).help(metric.help());
    for (OfModel model : models) {
      snapshot.dataPoint(
          UnknownDataPointSnapshot.builder()
              .labels(model.labels())
              .value((double) metric.value().applyAsLong(model.counts()))
              .build());
    }
    return snapshot.build();
  }

  @Override
  public List<MetricFamilyDescriptor> getMetricFamilyDescriptors() {
    return METRICS.stream()
        .map(metric ->
            MetricFamilyDescriptor.unknown(metric.name())
                .help(metric.help())
                .labelNames("model", "version")
                .build())
        .toList();
  }
}
