package io.norma.inference.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.norma.inference.replay.Difference;
import io.norma.inference.replay.Replay;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a replay came to.
 *
 * @param same whether all is as the receipt says, the outputs to the bit
 * @param ran whether the request was computed again; it is not where it cannot come out the same
 * @param explanation in words
 */
record ReplayMessage(
    String model,
    String version,
    boolean same,
    boolean ran,
    List<DifferenceMessage> differs,
    String explanation) {
  /** One part. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record DifferenceMessage(
      String part, @Nullable String expected, @Nullable String found, String explanation) {
    static DifferenceMessage of(Difference difference) {
      return new DifferenceMessage(
          difference.part().toString(),
          difference.expected(),
          difference.found(),
          difference.explanation());
    }
  }

  static ReplayMessage of(Replay replay) {
    return new ReplayMessage(
        replay.network().model(),
        Long.toString(replay.network().version()),
        replay.isSame(),
        replay.ran(),
        replay.differences().stream().map(DifferenceMessage::of).toList(),
        replay.explanation());
  }
}
