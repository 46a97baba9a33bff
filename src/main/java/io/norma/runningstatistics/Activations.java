package io.norma.runningstatistics;

import io.norma.serving.NetworkIdentity;
import io.norma.store.StoreConflictException;
import java.util.List;
import java.util.Optional;

/**
 * Which revision is active for a network, and which ones were. Rolling back works as undo does:
 * each further rollback goes one activation further back, down to the statistics that came with the
 * model.
 */
public interface Activations {
  /** What requests get when they name no revision. */
  RevisionName active(NetworkIdentity network);

  /** The latest activation; none where only what came with the network was ever active. */
  Optional<Activation> latest(NetworkIdentity network);

  /**
   * Activates a revision.
   *
   * @throws StoreConflictException if it is not there
   */
  Activation activate(NetworkIdentity network, RevisionName name, String by);

  /**
   * Activates what was active before. What has been deleted since is passed over: going back must
   * be possible.
   *
   * @throws StoreConflictException if nothing was
   */
  Activation rollback(NetworkIdentity network, String by);

  /**
   * Activations, the newest first.
   *
   * @param before only those with a smaller id
   */
  List<Activation> history(NetworkIdentity network, long before, int limit);
}
