package io.norma.observability;

import io.norma.inference.InferenceObserver;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Makes spans of an inference that has ended, below that of its HTTP request: one of it all, and
 * below that one of each part it came to, from the times that the metrics are made of as well. A
 * request that is not sampled costs a look at that.
 */
final class InferenceSpans implements InferenceObserver {
  private final Tracer tracer;
  private final Clock clock;

  InferenceSpans(OpenTelemetry telemetry, Clock clock) {
    tracer = telemetry.getTracer("io.norma.inference");
    this.clock = clock;
  }

  @Override
  public void ended(Inference inference) {
    if (!Span.current().getSpanContext().isSampled()) {
      return;
    }
    Instant now = clock.instant();
    long end = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    long start = end - inference.total();
    Span whole =
        tracer
            .spanBuilder("inference")
            .setStartTimestamp(start, TimeUnit.NANOSECONDS)
            .setAllAttributes(attributes(inference))
            .startSpan();
    if (inference.outcome() == Outcome.FAILED) {
      whole.setStatus(StatusCode.ERROR);
    }
    Context parent = Context.current().with(whole);
    long decoded = part(parent, "decode", start, inference.input());
    long waited = part(parent, "queue", decoded, inference.queue());
    long computed = part(parent, "compute", waited, inference.compute());
    part(parent, "encode", computed, inference.output());
    whole.end(end, TimeUnit.NANOSECONDS);
  }

  /** When it ended. */
  private long part(Context parent, String name, long start, long nanos) {
    long end = start + nanos;
    if (nanos > 0) {
      tracer
          .spanBuilder(name)
          .setParent(parent)
          .setStartTimestamp(start, TimeUnit.NANOSECONDS)
          .startSpan()
          .end(end, TimeUnit.NANOSECONDS);
    }
    return end;
  }

  private static Attributes attributes(Inference inference) {
    AttributesBuilder attributes =
        Attributes.builder()
            .put("norma.model", inference.network().model())
            .put("norma.version", inference.network().version())
            .put("norma.outcome", inference.outcome().name().toLowerCase(Locale.ROOT))
            .put("norma.rows", inference.rows())
            .put("norma.rows_of_run", inference.rowsOfRun());
    if (inference.used().get("normalization") instanceof String normalization) {
      attributes.put("norma.normalization", normalization);
    }
    if (inference.used().get("running_statistics") instanceof String revision) {
      int at = revision.lastIndexOf('@');
      attributes
          .put("norma.running_statistics.set", revision.substring(0, at))
          .put("norma.running_statistics.revision", Long.parseLong(revision.substring(at + 1)));
    }
    return attributes.build();
  }
}
