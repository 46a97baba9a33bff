package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.tracing.Tracer;
import io.norma.service.TraceCollector.Span;
import io.norma.store.TestDatabase;
import io.opentelemetry.api.OpenTelemetry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ApplicationContext;

/** Traces as a collector gets them. */
final class TracingTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String OTHER = "5bf92f3577b34da6a3ce929d0e0e4737";
  private static final String CALLER = "00f067aa0ba902b7";
  private static final String INFER = "/v2/models/digits/infer";

  @TempDir private Path directory;

  @Test
  void tellsThePartsOfAnInferenceBelowTheCallersSpan() throws Exception {
    try (TraceCollector collector = new TraceCollector();
        RunningService service =
            start(
                "--management.opentelemetry.tracing.export.otlp.endpoint=" + collector.endpoint(),
                "--management.opentelemetry.tracing.export.schedule-delay=50ms")) {
      String two = Digits.request("shifted/test-1.json");
      assertThat(infer(service, two, "00-" + TRACE + "-" + CALLER + "-01").status()).isEqualTo(200);
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(collector.spans(TRACE)).hasSize(6));

      var spans =
          collector.spans(TRACE).stream()
              .collect(Collectors.toMap(Span::name, Function.identity()));
      Span http = spans.get("http post /v2/models/{model}/infer");
      assertThat(http).as("the request's span among %s", spans.keySet()).isNotNull();
      assertThat(http.parentId()).isEqualTo(CALLER);
      Span inference = spans.get("inference");
      assertThat(inference.parentId()).isEqualTo(http.id());
      int rows = StatisticsClient.JSON.readTree(two).at("/inputs/0/shape/0").asInt();
      assertThat(inference.attributes())
          .containsEntry("norma.model", "digits")
          .containsEntry("norma.version", 1L)
          .containsEntry("norma.normalization", "frozen")
          .containsEntry("norma.running_statistics.set", "default")
          .containsEntry("norma.running_statistics.revision", 1L)
          .containsEntry("norma.rows", (long) rows)
          .containsEntry("norma.rows_of_run", (long) rows)
          .containsEntry("norma.outcome", "success");
      long time = inference.start();
      for (String part : List.of("decode", "queue", "compute", "encode")) {
        Span span = spans.get(part);
        assertThat(span.parentId()).as(part).isEqualTo(inference.id());
        assertThat(span.start()).as(part).isEqualTo(time);
        time = span.end();
      }
      assertThat(time).isBetween(inference.start() + 1, inference.end());

      assertThat(infer(service, "{}", "00-" + OTHER + "-" + CALLER + "-01").status())
          .isEqualTo(400);
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() ->
              assertThat(collector.spans(OTHER))
                  .filteredOn(span -> span.name().equals("inference"))
                  .singleElement()
                  .satisfies(span ->
                      assertThat(span.attributes()).containsEntry("norma.outcome", "invalid")));
    }
  }

  @Test
  void isNamedByTheAudit() throws Exception {
    try (TraceCollector collector = new TraceCollector();
        RunningService service =
            start(
                "--management.opentelemetry.tracing.export.otlp.endpoint=" + collector.endpoint(),
                "--management.opentelemetry.tracing.export.schedule-delay=50ms",
                "--management.tracing.sampling.probability=1")) {
      String trace =
          service.client().get("/v1/audit?limit=1").json().at("/items/0/trace_id").asString();
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() ->
              assertThat(collector.spans(trace))
                  .extracting(Span::name)
                  .containsExactly("http put /v1/models/{model}/versions/{version}"));
    }
  }

  @Test
  void makesNothingWhereNobodyAsksForTraces() {
    try (RunningService service = start()) {
      ApplicationContext context = service.context();
      assertThat(context.getBeanProvider(Tracer.class).stream()).isEmpty();
      assertThat(context.getBeanProvider(OpenTelemetry.class).stream()).isEmpty();
      assertThat(context.getBeanNamesForType(Object.class))
          .noneMatch(name -> name.contains("Spans") || name.contains("tracing"));
      assertThat(context.getEnvironment().getProperty("logging.expect-correlation-id"))
          .isEqualTo("false");
    }
  }

  private RunningService start(String... settings) {
    RunningService service =
        RunningService.start(directory, TestDatabase.H2.url(directory), settings);
    service
        .client()
        .put("/v1/models/digits/versions/1", ServiceTest.digitsModel(), "application/octet-stream");
    return service;
  }

  private static StatisticsClient.Answer infer(
      RunningService service, String request, String traceparent) {
    return service.client().post(INFER, request, "traceparent", traceparent);
  }
}
