package io.norma.runningstatistics.web;

import io.norma.http.BinaryTensorHeader;
import io.norma.http.Caller;
import io.norma.http.JsonBody;
import io.norma.http.Page;
import io.norma.http.Permissions;
import io.norma.http.RequestBody;
import io.norma.http.RequestPath;
import io.norma.http.codec.InferenceRequestReader;
import io.norma.http.codec.Json;
import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.CalibrationMoments;
import io.norma.runningstatistics.CalibrationService;
import io.norma.runningstatistics.web.CalibrationMessages.Progress;
import io.norma.serving.InferenceRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.constraints.NotNull;
import java.io.IOException;
import java.net.URI;
import java.util.Objects;
import org.hibernate.validator.constraints.Range;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
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
  private final JsonBody bodies;

  CalibrationController(CalibrationService service, CalibrationEvents events, JsonBody bodies) {
    this.service = service;
    this.events = events;
    this.bodies = bodies;
  }

  @PostMapping({CALIBRATIONS, OF_VERSION})
  ResponseEntity<Progress> begin(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      HttpServletRequest request)
      throws IOException {
    CalibrationService.Plan plan = bodies.read(request, Beginning.class).plan();
    Progress progress =
        Progress.of(
            service.begin(
                model, RunningStatisticsController.number(version), plan, Caller.of(request)));
    URI location =
        RequestPath.address(request, "v1", "models", model, "calibrations", progress.id());
    return ResponseEntity.created(location).body(progress);
  }

  /** What is to be calibrated, and how. */
  record Beginning(
      @NotNull String set,
      @Nullable String base,
      @Nullable Estimator estimator,
      @Nullable VarianceConvention varianceConvention,
      @Range(min = 1, max = Json.LARGEST_INTEGER) @Nullable Long minimumSamples) {
    CalibrationService.Plan plan() {
      return new CalibrationService.Plan(
          set,
          base,
          Objects.requireNonNullElse(estimator, Estimator.POOLED),
          Objects.requireNonNullElse(varianceConvention, VarianceConvention.UNBIASED),
          Objects.requireNonNullElse(minimumSamples, DEFAULT_MINIMUM_SAMPLES));
    }
  }

  @GetMapping({CALIBRATIONS, OF_VERSION})
  Page<Progress> list(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      @RequestParam(required = false) @Nullable String before,
      @RequestParam(defaultValue = Page.SIZE) @Range(min = 1, max = Page.LARGEST) int limit) {
    return Page.of(
        service.list(
            model,
            RunningStatisticsController.number(version),
            CalibrationPosition.read(before, "before"),
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
    return Progress.of(service.add(model, id, rows(request), request.getHeader("Idempotency-Key")));
  }

  private static InferenceRequest rows(HttpServletRequest request) throws IOException {
    int jsonLength = BinaryTensorHeader.read(request);
    RequestBody body = RequestBody.read(request);
    return InferenceRequestReader.read(body.bytes(), body.length(), jsonLength).request();
  }

  @PostMapping(ONE + "/certificate")
  Progress probe(@PathVariable String model, @PathVariable String id, HttpServletRequest request)
      throws IOException {
    service.find(model, id);
    return Progress.of(service.probe(model, id, rows(request)));
  }

  @GetMapping(ONE + "/moments")
  MomentsJson moments(@PathVariable String model, @PathVariable String id) {
    return MomentsJson.of(service.moments(model, id));
  }

  @PostMapping(ONE + "/merge")
  Progress merge(@PathVariable String model, @PathVariable String id, HttpServletRequest request)
      throws IOException {
    service.find(model, id);
    CalibrationMoments moments = bodies.read(request, MomentsJson.class).moments();
    return Progress.of(service.merge(model, id, moments, request.getHeader("Idempotency-Key")));
  }

  @PostMapping(ONE + "/publish")
  Progress publish(@PathVariable String model, @PathVariable String id, HttpServletRequest request)
      throws IOException {
    Publication publication = bodies.readOptional(request, Publication.class);
    boolean activate = Boolean.TRUE.equals(publication.activate());
    if (activate) {
      Permissions.of(request).requireActivation();
    }
    return Progress.of(
        service.publish(
            model,
            id,
            new CalibrationService.Publication(
                activate,
                Boolean.TRUE.equals(publication.force()),
                Objects.requireNonNullElse(publication.source(), "")),
            Caller.of(request)));
  }

  /**
   * How a calibration becomes a revision.
   *
   * @param force whether it is activated even if its certificate says that it is harmful
   * @param source where it comes from, in the caller's words
   */
  record Publication(
      @Nullable Boolean activate, @Nullable Boolean force, @Nullable String source) {}

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
