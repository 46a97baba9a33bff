package io.norma.runningstatistics;

import io.norma.serving.NetworkIdentity;

/**
 * Hears which running statistics this process serves to requests that name none, whichever replica
 * activated them. Calls about one model version come one after the other.
 */
public interface ActivationObserver {
  /** Requests that begin from now on get these revisions, each its share. */
  void serves(NetworkIdentity network, TrafficSplit split);

  /** The model version is no longer served. */
  void forgets(NetworkIdentity network);
}
