package io.norma.runningstatistics.web;

import io.norma.http.BinaryTensorHeader;
import io.norma.http.Caller;
import io.norma.http.FieldsBody;
import io.norma.http.Page;
import io.norma.http.Query;
import io.norma.http.RequestBody;
import io.norma.http.RequestPath;
import io.norma.http.codec.Fields;
import io.norma.http.codec.InferenceRequestReader;
import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.CalibrationService;
import io.norma.runningstatistics.web.CalibrationMessages.Progress;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** Calibrations: running statistics from unlabelled batches. */
@RestController
final class CalibrationController {
  private static final String CALIBRATIONS = "/v1/models/{model}/calibrations";
  private static final String OF_VERSION = "/v1/models/{model}/versions/{version}/calibrations";
  private static final String ONE = CALIBRATIONS + "/{id}";
  private static final Long DEFAULT_MINIMUM_SAMPLES = 32L;

  private final CalibrationService service;
  private final CalibrationEvents events;

  CalibrationController(CalibrationService service, CalibrationEvents events) {
    this.service = service;
    this.events = events;
  }

  @PostMapping({CALIBRATIONS, OF_VERSION})
  ResponseEntity<Progress> begin(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      HttpServletRequest request)
      throws IOException {
    Fields fields = FieldsBody.read(request);
    String set = fields.text("set");
    Estimator estimator = fields.choice("estimator", Estimator.POOLED);
    VarianceConvention convention =
        fields.choice("variance_convention", VarianceConvention.UNBIASED);
    Long minimumSamples = fields.count("minimum_samples");
    fields.requireNothingElse();
    CalibrationService.Plan plan =
        new CalibrationService.Plan(
            set,
            estimator,
            convention,
            Objects.requireNonNullElse(minimumSamples, DEFAULT_MINIMUM_SAMPLES));
    Progress progress =
        Progress.of(
            service.begin(
                model, RunningStatisticsController.number(version), plan, Caller.of(request)));
    URI location =
        RequestPath.address(request, "v1", "models", model, "calibrations", progress.id());
    return ResponseEntity.created(location).body(progress);
  }

  @GetMapping({CALIBRATIONS, OF_VERSION})
  Page<Progress> list(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      HttpServletRequest request) {
    Query query = Query.of(request, "before", "limit");
    int limit = query.limit();
    return Page.of(
        service.list(
            model,
            RunningStatisticsController.number(version),
            CalibrationPosition.read(query, "before"),
            limit + 1),
        limit,
        Progress::of,
        CalibrationPosition::write);
  }

  @GetMapping(ONE)
  Progress get(@PathVariable String model, @PathVariable String id) {
    return Progress.of(service.get(model, id));
  }

  @PostMapping(ONE + "/batches")
  Progress add(@PathVariable String model, @PathVariable String id, HttpServletRequest request)
      throws IOException {
    service.find(model, id);
    int jsonLength = BinaryTensorHeader.read(request);
    RequestBody body = RequestBody.read(request);
    return Progress.of(
        service.add(
            model,
            id,
            InferenceRequestReader.read(body.bytes(), body.length(), jsonLength).request(),
            request.getHeader("Idempotency-Key")));
  }

  @PostMapping(ONE + "/publish")
  Progress publish(@PathVariable String model, @PathVariable String id, HttpServletRequest request)
      throws IOException {
    Fields fields = FieldsBody.readOptional(request);
    boolean activate = fields.truth("activate", false);
    String source = Objects.requireNonNullElse(fields.optionalText("source"), "");
    fields.requireNothingElse();
    return Progress.of(service.publish(model, id, activate, source, Caller.of(request)));
  }

  @GetMapping(ONE + "/events")
  SseEmitter events(@PathVariable String model, @PathVariable String id) {
    service.find(model, id);
    return events.of(model, id);
  }

  @DeleteMapping(ONE)
  ResponseEntity<Void> delete(@PathVariable String model, @PathVariable String id) {
    service.delete(model, id);
    return ResponseEntity.noContent().build();
  }
}
