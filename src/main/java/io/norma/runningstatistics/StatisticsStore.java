package io.norma.runningstatistics;

import io.norma.kernel.statistics.RunningStatistics;
import io.norma.serving.NetworkIdentity;
import io.norma.store.StoreConflictException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Statistics sets and their revisions. A revision never changes, and its number is never given
 * again, not even when it is deleted. {@link RevisionName#IMPORTED} is not here: it comes with the
 * model.
 */
public interface StatisticsStore {
  /**
   * Adds a revision to a set, which begins with it if there is none of that name.
   *
   * @param expected the revision that must be the set's newest for this one to be added; {@code
   *     null} to add it in any case
   * @throws StoreConflictException if another is the newest, or there are as many as there may be
   */
  RevisionMetadata add(
      NetworkIdentity network, String set, NewRevision revision, @Nullable ExpectedNewest expected);

  /** Other networks of its name that have sets, ten at most. */
  List<NetworkIdentity> othersWithSets(NetworkIdentity network);

  /** One revision's metadata. */
  Optional<RevisionMetadata> find(NetworkIdentity network, RevisionName name);

  /** The newest revision of a set that is still there. */
  Optional<RevisionMetadata> newest(NetworkIdentity network, String set);

  /**
   * Revisions of a set, the newest first.
   *
   * @param before only those with a smaller number
   */
  List<RevisionMetadata> revisions(NetworkIdentity network, String set, int before, int limit);

  /**
   * Sets that have a revision, by name.
   *
   * @param after only those that come after this name
   */
  List<SetSummary> sets(NetworkIdentity network, String after, int limit);

  /**
   * A revision's numbers.
   *
   * @throws IllegalStateException if they are not those that were stored
   */
  Optional<RunningStatistics> load(NetworkIdentity network, RevisionName name);

  /**
   * Deletes a revision.
   *
   * @return whether it was there
   * @throws StoreConflictException if it is active, or has a share of the requests
   */
  boolean delete(NetworkIdentity network, RevisionName name);

  /**
   * Deletes all revisions of a set.
   *
   * @return how many there were
   * @throws StoreConflictException if one of them is active, or has a share of the requests
   */
  int delete(NetworkIdentity network, String set);
}
