package io.norma.inference.replay;

import io.norma.inference.replay.Difference.Part;
import io.norma.serving.NetworkIdentity;
import java.util.List;

/**
 * What has become of a request that was to be answered once more.
 *
 * @param network that was asked
 * @param ran whether it was computed: it is not where it cannot come out the same
 */
public record Replay(NetworkIdentity network, boolean ran, List<Difference> differences) {
  public Replay {
    differences = List.copyOf(differences);
  }

  /** Whether everything is as the receipt says, the outputs to the bit. */
  public boolean isSame() {
    return differences.isEmpty();
  }

  /** All of it in words. */
  public String explanation() {
    if (isSame()) {
      return "the outputs are the same to the bit, by all that the receipt names";
    }
    String reasons = String.join("; ", differences.stream().map(Difference::explanation).toList());
    if (!ran) {
      return reasons + "; so the request was not computed again";
    }
    boolean same = differences.stream().noneMatch(each -> each.part() == Part.OUTPUTS);
    return same ? reasons + "; the outputs are the same to the bit all the same" : reasons;
  }
}
