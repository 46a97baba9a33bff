package io.norma.runningstatistics;

import io.norma.network.BoundStatistics;
import io.norma.network.Normalization;

/**
 * A revision made ready for a model, with its name: one reference, so that the two never differ.
 */
record NamedStatistics(RevisionName name, Normalization.Frozen normalization) {
  NamedStatistics(RevisionName name, BoundStatistics statistics) {
    this(name, new Normalization.Frozen(statistics));
  }
}
