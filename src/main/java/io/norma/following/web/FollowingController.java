package io.norma.following.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.norma.following.FollowingService;
import io.norma.serving.ModelName;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** Which traffic classes are followed, and what they get. */
@RestController
final class FollowingController {
  private final FollowingService service;

  FollowingController(FollowingService service) {
    this.service = service;
  }

  @GetMapping({"/v1/models/{model}/following", "/v1/models/{model}/versions/{version}/following"})
  Following following(
      @PathVariable String model, @PathVariable(required = false) @Nullable String version) {
    return new Following(
        service.of(model, version == null ? null : ModelName.requireVersion(version)).stream()
            .map(FollowedClass::of)
            .toList());
  }

  /** All of a model version. */
  record Following(List<FollowedClass> classes) {}

  /**
   * One of them; counts are this process's.
   *
   * @param runningStatistics absent while its requests are answered as if they named no class
   * @param gathered rows that wait for a revision to be made of them
   * @param rowsByFollowed rows that were answered by a set of the class's own
   * @param rowsBySource rows that were answered as without following
   */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record FollowedClass(
      String trafficClass,
      @Nullable String runningStatistics,
      int gathered,
      long rowsByFollowed,
      long rowsBySource) {
    static FollowedClass of(FollowingService.Status status) {
      return new FollowedClass(
          status.trafficClass(),
          status.serving() == null ? null : status.serving().toString(),
          status.gathered(),
          status.byFollowed(),
          status.bySource());
    }
  }
}
