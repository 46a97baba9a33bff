package io.norma.runningstatistics.web;

import io.norma.http.BinaryTensorHeader;
import io.norma.http.Caller;
import io.norma.http.Permissions;
import io.norma.http.RequestBody;
import io.norma.http.RequestPath;
import io.norma.http.codec.InferenceRequestReader;
import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.CalibrationService.Added;
import io.norma.runningstatistics.recalibration.Recalibration;
import io.norma.runningstatistics.recalibration.RecalibrationService;
import io.norma.runningstatistics.web.CalibrationMessages.Progress;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.hibernate.validator.constraints.Range;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Running statistics after weights changed, in one call. */
@RestController
final class RecalibrationController {
  private static final String BATCH_SIZE = "32";

  private final RecalibrationService service;

  RecalibrationController(RecalibrationService service) {
    this.service = service;
  }

  @PostMapping({
    "/v1/models/{model}/recalibrations",
    "/v1/models/{model}/versions/{version}/recalibrations"
  })
  ResponseEntity<Progress> recalibrate(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      @RequestParam String set,
      @RequestParam(name = "batch_size", defaultValue = BATCH_SIZE)
          @Range(min = 1, max = Integer.MAX_VALUE)
          int batchSize,
      @RequestParam(required = false) @Nullable Estimator estimator,
      @RequestParam(name = "variance_convention", required = false)
          @Nullable VarianceConvention convention,
      @RequestParam(defaultValue = "false") boolean activate,
      @RequestParam(defaultValue = "") String source,
      HttpServletRequest request)
      throws IOException {
    if (activate) {
      Permissions.of(request).requireActivation();
    }
    Long number = RunningStatisticsController.number(version);
    service.require(model, number);
    int jsonLength = BinaryTensorHeader.read(request);
    RequestBody body = RequestBody.read(request);
    Added added =
        service.recalibrate(
            model,
            number,
            new Recalibration(
                set,
                batchSize,
                Objects.requireNonNullElse(estimator, Estimator.MEAN_OF_BATCHES),
                Objects.requireNonNullElse(convention, VarianceConvention.UNBIASED),
                activate,
                source),
            InferenceRequestReader.read(body.bytes(), body.length(), jsonLength).request(),
            request.getHeader("Idempotency-Key"),
            Caller.of(request));
    List<String> revision = new ArrayList<>(List.of("v1", "models", model));
    if (version != null) {
      revision.addAll(List.of("versions", version));
    }
    revision.addAll(
        List.of(
            "running-statistics",
            set,
            "revisions",
            String.valueOf(added.progress().calibration().publishedRevision())));
    return ResponseEntity.created(RequestPath.address(request, revision.toArray(String[]::new)))
        .body(Progress.of(added));
  }
}
