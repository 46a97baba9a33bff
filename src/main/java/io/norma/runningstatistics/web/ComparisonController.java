package io.norma.runningstatistics.web;

import io.norma.http.BinaryTensorHeader;
import io.norma.http.RequestBody;
import io.norma.http.codec.InferenceRequestReader;
import io.norma.runningstatistics.ComparisonService;
import io.norma.runningstatistics.web.StatisticsMessages.Comparison;
import io.norma.runningstatistics.web.StatisticsMessages.Preview;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What another revision would change. */
@RestController
@RequestMapping({
  "/v1/models/{model}/running-statistics/compare",
  "/v1/models/{model}/versions/{version}/running-statistics/compare"
})
final class ComparisonController {
  private final ComparisonService service;

  ComparisonController(ComparisonService service) {
    this.service = service;
  }

  @GetMapping
  Comparison compare(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      @RequestParam String from,
      @RequestParam String to) {
    return Comparison.of(
        service.compare(model, RunningStatisticsController.number(version), from, to));
  }

  @PostMapping
  Preview preview(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      @RequestParam String from,
      @RequestParam String to,
      HttpServletRequest request)
      throws IOException {
    int jsonLength = BinaryTensorHeader.read(request);
    RequestBody body = RequestBody.read(request);
    return Preview.of(
        service.preview(
            model,
            RunningStatisticsController.number(version),
            from,
            to,
            InferenceRequestReader.read(body.bytes(), body.length(), jsonLength).request()));
  }
}
