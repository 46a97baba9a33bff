package io.norma.following;

import io.norma.inference.NormalizationSelector;
import io.norma.models.ServedModel;
import io.norma.runningstatistics.RevisionName;
import io.norma.serving.InferenceRequest;
import io.norma.serving.ServingException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Answers frozen requests that name a traffic class, and no running statistics, by the class's own
 * set, if it is followed and has one; all else as without this class.
 */
final class FollowingSelector implements NormalizationSelector {
  private static final String FROZEN = "frozen";

  private final NormalizationSelector otherwise;
  private final FollowingService following;

  FollowingSelector(NormalizationSelector otherwise, FollowingService following) {
    this.otherwise = otherwise;
    this.following = following;
  }

  @Override
  public Selection select(ServedModel model, InferenceRequest request) {
    String trafficClass = TrafficClass.of(request);
    if (trafficClass == null || !isFrozenByDefault(request.parameters())) {
      return otherwise.select(model, request);
    }
    Selection source = otherwise.select(model, request);
    Follower follower = following.follower(model, trafficClass);
    if (follower == null) {
      return source;
    }
    RevisionName own = following.serving(model, trafficClass);
    if (own == null) {
      return source.guardedBy(follower.guard(model, null));
    }
    try {
      return otherwise
          .select(model, request.withDefault(RUNNING_STATISTICS, own.toString()))
          .guardedBy(follower.guard(model, source));
    } catch (ServingException.NotFound _) {
      // Deleted a moment ago: whoever asks named no set, and is not to hear of it.
      return source.guardedBy(follower.guard(model, null));
    }
  }

  @Override
  public String sha256(ServedModel model, String runningStatistics) {
    return otherwise.sha256(model, runningStatistics);
  }

  private static boolean isFrozenByDefault(Map<String, Object> parameters) {
    @Nullable Object mode = parameters.get(NORMALIZATION);
    return !parameters.containsKey(RUNNING_STATISTICS)
        && (mode == null || Objects.equals(mode, FROZEN));
  }
}
