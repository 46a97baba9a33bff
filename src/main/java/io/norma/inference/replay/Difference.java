package io.norma.inference.replay;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A part in which a replay is not what a receipt says.
 *
 * @param expected what the receipt says; absent where it says that there is none
 * @param found absent where there is none
 * @param explanation both in words
 */
public record Difference(
    Part part, @Nullable String expected, @Nullable String found, String explanation) {
  /** What a receipt tells of. */
  public enum Part {
    /** Its bytes, or what stands in for batch normalizations that it lost. */
    NETWORK,
    RUNNING_STATISTICS,
    INPUTS,
    /** How batch normalizations normalize, and by which numbers. */
    NORMALIZATION,
    /** How those of dense layers are kept. */
    WEIGHTS,
    ARITHMETIC,
    OUTPUTS;

    /** As the service writes it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
