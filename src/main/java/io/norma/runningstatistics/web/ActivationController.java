package io.norma.runningstatistics.web;

import io.norma.http.Caller;
import io.norma.http.JsonBody;
import io.norma.http.Page;
import io.norma.http.codec.Json;
import io.norma.runningstatistics.RunningStatisticsService;
import io.norma.runningstatistics.web.StatisticsMessages.ActivationEntry;
import io.norma.runningstatistics.web.StatisticsMessages.Active;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.io.IOException;
import java.util.List;
import org.hibernate.validator.constraints.Range;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Which revision requests get that name none, or how several share them. */
@RestController
@RequestMapping({
  "/v1/models/{model}/active-running-statistics",
  "/v1/models/{model}/versions/{version}/active-running-statistics"
})
final class ActivationController {
  private final RunningStatisticsService service;
  private final JsonBody bodies;

  ActivationController(RunningStatisticsService service, JsonBody bodies) {
    this.service = service;
    this.bodies = bodies;
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
    Choice choice = bodies.readWithArrayAs("split", request, Choice.class);
    Long number = RunningStatisticsController.number(version);
    String by = Caller.of(request);
    List<Part> split = choice.split();
    // Clients that a generator made send empty lists for what nobody gave them.
    if (split == null || (split.isEmpty() && choice.set() != null)) {
      if (choice.set() == null) {
        throw Json.invalid(
            "set", "is missing: give the set to activate, or a 'split' among several");
      }
      return ActivationEntry.of(
          service.activate(model, number, choice.set(), choice.revision(), by, choice.reason()));
    }
    if (choice.set() != null || choice.revision() != null) {
      throw Json.invalid(
          choice.set() != null ? "set" : "revision",
          "has no meaning beside 'split', which names its sets itself: give one of the two");
    }
    return ActivationEntry.of(
        service.activate(
            model, number, split.stream().map(Part::asked).toList(), by, choice.reason()));
  }

  /**
   * What is to be active: a revision, or several of which each gets its share.
   *
   * @param revision the newest without it
   * @param reason why, for the history
   */
  record Choice(
      @Nullable String set,
      @Range(min = 1, max = Integer.MAX_VALUE) @Nullable Integer revision,
      @Nullable List<@Valid @NotNull Part> split,
      @Nullable String reason) {}

  /**
   * One of several.
   *
   * @param set with or without a revision behind it, as {@code night@3}
   * @param weight in percent
   */
  record Part(
      @NotNull String set,
      @Range(min = 1, max = Integer.MAX_VALUE) @Nullable Integer revision,
      @NotNull Double weight) {
    RunningStatisticsService.Weight asked() {
      return new RunningStatisticsService.Weight(set, revision, weight);
    }
  }

  @PostMapping("/rollback")
  ActivationEntry rollback(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      HttpServletRequest request)
      throws IOException {
    String reason = bodies.readOptional(request, Rollback.class).reason();
    return ActivationEntry.of(
        service.rollback(
            model, RunningStatisticsController.number(version), Caller.of(request), reason));
  }

  /**
   * What may be said of a rollback.
   *
   * @param reason why, for the history
   */
  record Rollback(@Nullable String reason) {}

  @GetMapping("/history")
  Page<ActivationEntry> history(
      @PathVariable String model,
      @PathVariable(required = false) @Nullable String version,
      @RequestParam(defaultValue = Page.NO_END) @Range(min = 1) long before,
      @RequestParam(defaultValue = Page.SIZE) @Range(min = 1, max = Page.LARGEST) int limit) {
    return Page.of(
        service.history(model, RunningStatisticsController.number(version), before, limit + 1),
        limit,
        ActivationEntry::of,
        activation -> Long.toString(activation.id()));
  }
}
