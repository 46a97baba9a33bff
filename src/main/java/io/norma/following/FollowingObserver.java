package io.norma.following;

import io.norma.serving.NetworkIdentity;

/** Is told what becomes of a followed class. */
public interface FollowingObserver {
  /** What was done with the rows of a class. */
  enum Step {
    /** Requests are answered by a revision of its rows from now on. */
    PROMOTED,
    /** A revision of its rows was not certified good: it stays in the shadow. */
    REFUSED,
    /** Requests are answered as without following, for the set fitted them no more. */
    RESET,
    /** No revision could be made. */
    FAILED
  }

  /** After a step. */
  void happened(NetworkIdentity network, String trafficClass, Step step);
}
