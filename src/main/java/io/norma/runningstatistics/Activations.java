package io.norma.runningstatistics;

import io.norma.serving.NetworkIdentity;
import io.norma.store.StoreConflictException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which revision is active for a network, or which ones share its requests, and which ones did
 * before. Rolling back works as undo does: each further rollback goes one activation further back,
 * down to the statistics that came with the model.
 */
public interface Activations {
  /** What requests get when they name no revision. */
  TrafficSplit active(NetworkIdentity network);

  /** The latest activation; none where only what came with the network was ever active. */
  Optional<Activation> latest(NetworkIdentity network);

  /**
   * Activates a split, all of it at once.
   *
   * @param reason why, in the caller's words
   * @throws StoreConflictException if one of its revisions is not there
   */
  Activation activate(
      NetworkIdentity network, TrafficSplit split, String by, @Nullable String reason);

  /** Activates one revision for all requests; errors as above. */
  default Activation activate(NetworkIdentity network, RevisionName name, String by) {
    return activate(network, TrafficSplit.whole(name), by, null);
  }

  /**
   * Activates what was active before. That of which a revision has been deleted since is passed
   * over: going back must be possible.
   *
   * @param reason why, in the caller's words
   * @throws StoreConflictException if nothing was
   */
  Activation rollback(NetworkIdentity network, String by, @Nullable String reason);

  /**
   * Activations, the newest first.
   *
   * @param before only those with a smaller id
   */
  List<Activation> history(NetworkIdentity network, long before, int limit);
}
