package io.norma.runningstatistics;

import io.norma.kernel.statistics.RunningStatistics;
import java.util.List;
import java.util.Map;

/**
 * Something about running statistics that were taken, but that their owner may not have meant.
 *
 * @param message what was found and what to do about it
 * @param names the layers and parameters concerned
 */
public record StatisticsWarning(Code code, String message, List<String> names) {
  public StatisticsWarning {
    names = List.copyOf(names);
  }

  /** Which layers bring γ and β of their own, if any do. */
  static List<StatisticsWarning> ofOwnAffineParameters(RunningStatistics statistics) {
    List<String> layers =
        statistics.layers().entrySet().stream()
            .filter(layer -> layer.getValue().affine() != null)
            .map(Map.Entry::getKey)
            .toList();
    return layers.isEmpty()
        ? List.of()
        : List.of(
            new StatisticsWarning(
                Code.OWN_GAMMA_AND_BETA,
                ("gamma and beta that came along are not the network's: with this set %d %s by"
                        + " them. If only the running statistics were meant, send those alone.")
                    .formatted(
                        layers.size(),
                        layers.size() == 1 ? "layer normalizes" : "layers normalize"),
                layers));
  }

  /** What kind of finding it is. */
  public enum Code {
    /** Names are not the network's, but left no doubt. */
    OTHER_NAMES,
    /** Weights that came along are not the network's. */
    OTHER_WEIGHTS,
    /** γ and β came along that are not the network's: the set normalizes with them. */
    OWN_GAMMA_AND_BETA
  }
}
