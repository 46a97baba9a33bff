package io.norma.runningstatistics;

import java.time.Instant;

/** That a revision, or a split among several, became what requests get when they name none. */
public record Activation(
    long id, TrafficSplit split, Instant activatedAt, String activatedBy, boolean isRollback) {
  /** The revision that is active, in a split that of the largest share. */
  public RevisionName name() {
    return split.primary();
  }
}
