package io.norma.runningstatistics;

import io.norma.kernel.statistics.VarianceConvention;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Running statistics as somebody sends them: not yet known to fit a model.
 *
 * @param base revision that layers which are not here are taken from; without one all must be here
 * @param layers by name
 * @param ignored names of what came along and is not taken, such as weights
 * @param weights those that came along, to be compared with the model's
 */
public record StatisticsDocument(
    @Nullable String source,
    @Nullable Long sampleCount,
    VarianceConvention varianceConvention,
    @Nullable String base,
    SequencedMap<String, Vectors> layers,
    List<String> ignored,
    SourceWeights weights) {
  /**
   * The vectors of one layer; each may be absent, and none has been looked at.
   *
   * @param gamma γ, the network's own where it is absent; so for β
   */
  public record Vectors(
      float @Nullable [] mean,
      float @Nullable [] variance,
      float @Nullable [] gamma,
      float @Nullable [] beta) {}
}
