package io.norma.inference.web;

import io.norma.http.Permissions;
import io.norma.http.codec.V2;
import io.norma.inference.RequestCounts;
import io.norma.inference.RequestCounts.BatchCounts;
import io.norma.inference.RequestCounts.Counts;
import io.norma.models.ModelRepository;
import io.norma.models.ModelRepository.State;
import io.norma.models.ServedModel;
import io.norma.serving.ModelName;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** The V2 protocol's statistics extension: request counts and times. */
@RestController
final class RequestCountsController {
  private final ModelRepository repository;
  private final RequestCounts statistics;

  RequestCountsController(ModelRepository repository, RequestCounts statistics) {
    this.repository = repository;
    this.statistics = statistics;
  }

  @GetMapping("/v2/models/stats")
  V2.Statistics ofAll(HttpServletRequest request) {
    Permissions permissions = Permissions.of(request);
    return new V2.Statistics(
        repository.index().stream()
            .filter(entry -> permissions.maySee(entry.name()))
            .flatMap(entry -> ready(entry.state()))
            .map(this::of)
            .toList());
  }

  @GetMapping({"/v2/models/{model}/stats", "/v2/models/{model}/versions/{version}/stats"})
  V2.Statistics ofModel(
      @PathVariable String model, @PathVariable(required = false) @Nullable String version) {
    if (version != null) {
      return new V2.Statistics(
          List.of(of(repository.get(model, ModelName.requireVersion(version)))));
    }
    repository.get(model, null);
    return new V2.Statistics(
        repository.versions(model).values().stream()
            .flatMap(RequestCountsController::ready)
            .map(this::of)
            .toList());
  }

  private static Stream<ServedModel> ready(State state) {
    return state instanceof State.Ready(ServedModel model) ? Stream.of(model) : Stream.empty();
  }

  private V2.ModelStatistics of(ServedModel model) {
    Counts counts = statistics.of(model.identity());
    return new V2.ModelStatistics(
        model.name(),
        Long.toString(model.version()),
        counts.lastInference(),
        counts.rows(),
        counts.executions(),
        new V2.InferenceStatistics(
            duration(counts.success()),
            duration(counts.failure()),
            duration(counts.queue()),
            duration(counts.input()),
            duration(counts.compute()),
            duration(counts.output())),
        counts.batches().entrySet().stream().map(RequestCountsController::batch).toList());
  }

  private static V2.BatchStatistics batch(Map.Entry<Integer, BatchCounts> batch) {
    return new V2.BatchStatistics(
        batch.getKey(),
        duration(batch.getValue().input()),
        duration(batch.getValue().compute()),
        duration(batch.getValue().output()));
  }

  private static V2.Duration duration(RequestCounts.Duration duration) {
    return new V2.Duration(duration.count(), duration.nanoseconds());
  }
}
