package io.norma.runningstatistics;

import java.util.List;

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

  /** What kind of finding it is. */
  public enum Code {
    /** Names are not the network's, but left no doubt. */
    OTHER_NAMES,
    /** Weights that came along are not the network's. */
    OTHER_WEIGHTS
  }
}
