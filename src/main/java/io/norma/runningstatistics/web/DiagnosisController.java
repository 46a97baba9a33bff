package io.norma.runningstatistics.web;

import io.norma.http.BinaryTensorHeader;
import io.norma.http.RequestBody;
import io.norma.http.codec.InferenceRequestReader;
import io.norma.runningstatistics.diagnosis.Diagnosis.Training;
import io.norma.runningstatistics.diagnosis.DiagnosisService;
import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.hibernate.validator.constraints.Range;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Why training and evaluation differ on a batch. */
@RestController
final class DiagnosisController {
  /** PyTorch's, if nothing is said. */
  private static final String MOMENTUM = "0.1";

  private final DiagnosisService service;

  DiagnosisController(DiagnosisService service) {
    this.service = service;
  }

  @PostMapping({"/v1/models/{model}/diagnosis", "/v1/models/{model}/versions/{version}/diagnosis"})
  DiagnosisMessage diagnose(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      @RequestParam(name = "num_batches_tracked", required = false) @Range @Nullable Long batches,
      @RequestParam(defaultValue = MOMENTUM) double momentum,
      HttpServletRequest request)
      throws IOException {
    if (!(momentum > 0 && momentum <= 1)) {
      throw new ServingException.InvalidField(
          "momentum",
          "query parameter 'momentum' must be above 0 and at most 1, a new batch's weight, but is "
              + momentum);
    }
    Long number = RunningStatisticsController.number(version);
    service.require(model, number);
    int jsonLength = BinaryTensorHeader.read(request);
    RequestBody body = RequestBody.read(request);
    return DiagnosisMessage.of(
        service.diagnose(
            model,
            number,
            InferenceRequestReader.read(body.bytes(), body.length(), jsonLength).request(),
            new Training(momentum, batches)));
  }
}
