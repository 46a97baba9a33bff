package io.norma.runningstatistics.web;

import io.norma.http.Caller;
import io.norma.http.FieldsBody;
import io.norma.http.Page;
import io.norma.http.Query;
import io.norma.http.codec.Fields;
import io.norma.runningstatistics.RunningStatisticsService;
import io.norma.runningstatistics.web.StatisticsMessages.ActivationEntry;
import io.norma.runningstatistics.web.StatisticsMessages.Active;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Which revision requests get that name none. */
@RestController
@RequestMapping({
  "/v1/models/{model}/active-running-statistics",
  "/v1/models/{model}/versions/{version}/active-running-statistics"
})
final class ActivationController {
  private final RunningStatisticsService service;

  ActivationController(RunningStatisticsService service) {
    this.service = service;
  }

  @GetMapping
  Active active(
      @PathVariable String model, @PathVariable(required = false) @Nullable String version) {
    return Active.of(service.active(model, RunningStatisticsController.number(version)));
  }

  @PutMapping
  ActivationEntry activate(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      HttpServletRequest request)
      throws IOException {
    Fields fields = FieldsBody.read(request);
    String set = fields.text("set");
    Long revision = fields.integer("revision", 1, Integer.MAX_VALUE);
    fields.requireNothingElse();
    return ActivationEntry.of(
        service.activate(
            model,
            RunningStatisticsController.number(version),
            set,
            revision == null ? null : (Integer) Math.toIntExact(revision),
            Caller.of(request)));
  }

  @PostMapping("/rollback")
  ActivationEntry rollback(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      HttpServletRequest request) {
    return ActivationEntry.of(
        service.rollback(model, RunningStatisticsController.number(version), Caller.of(request)));
  }

  @GetMapping("/history")
  Page<ActivationEntry> history(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      HttpServletRequest request) {
    Query query = Query.of(request, "before", "limit");
    int limit = query.limit();
    long before = query.integer("before", Long.MAX_VALUE, 1, Long.MAX_VALUE);
    return Page.of(
        service.history(model, RunningStatisticsController.number(version), before, limit + 1),
        limit,
        ActivationEntry::of,
        activation -> Long.toString(activation.id()));
  }
}
