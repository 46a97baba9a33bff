package io.norma.web;

import io.norma.serving.ServingException;
import io.norma.serving.statistics.RunningStatisticsService;
import io.norma.store.Activation;
import io.norma.web.protocol.ScalarFields;
import io.norma.web.protocol.StatisticsMessages.ActivationEntry;
import io.norma.web.protocol.StatisticsMessages.Active;
import io.norma.web.protocol.StatisticsMessages.Page;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
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
  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 1000;

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
    RequestBody body = RequestBody.read(request);
    ScalarFields fields =
        ScalarFields.read(body.bytes(), body.length(), List.of("set", "revision"));
    Long revision = fields.integer("revision");
    if (revision != null && (revision < 1 || revision > Integer.MAX_VALUE)) {
      throw new ServingException.Invalid("revisions count from 1, got " + revision);
    }
    return ActivationEntry.of(
        service.activate(
            model,
            RunningStatisticsController.number(version),
            fields.text("set"),
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
    int limit = (int) query.integer("limit", PAGE, 1, LARGEST_PAGE);
    long before = query.integer("before", Long.MAX_VALUE, 1, Long.MAX_VALUE);
    List<Activation> history =
        service.history(model, RunningStatisticsController.number(version), before, limit + 1);
    return new Page<>(
        history.stream().limit(limit).map(ActivationEntry::of).toList(),
        history.size() > limit ? Long.toString(history.get(limit - 1).id()) : null);
  }
}
