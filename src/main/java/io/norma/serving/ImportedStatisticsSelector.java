package io.norma.serving;

import io.norma.model.ExecutionObserver;
import java.util.Map;

/** Knows the running statistics that came with the network, and no others. */
final class ImportedStatisticsSelector implements NormalizationSelector {
  private static final String SET = "default";
  private static final String REVISION = SET + "@1";

  @Override
  public Selection select(ServedModel model, InferenceRequest request) {
    Object set = request.parameters().getOrDefault("running_statistics", REVISION);
    if (!set.equals(SET) && !set.equals(REVISION)) {
      throw new ServingException.NotFound(
          "model '%s' has no running statistics '%s'; there are: %s"
              .formatted(model.name(), set, REVISION));
    }
    Object normalization = request.parameters().getOrDefault("normalization", "frozen");
    if (!normalization.equals("frozen")) {
      throw new ServingException.Invalid(
          "parameter 'normalization' must be \"frozen\", but is \"" + normalization + "\"");
    }
    return new Selection(
        model.plan(),
        model.defaultNormalization(),
        ExecutionObserver.NONE,
        Map.of("normalization", "frozen", "running_statistics", REVISION));
  }
}
