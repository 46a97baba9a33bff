package io.norma.serving.statistics;

import io.norma.model.BoundStatistics;
import io.norma.model.Normalization;
import io.norma.store.RevisionName;

/**
 * A revision made ready for a model, with its name: one reference, so that the two never differ.
 */
record NamedStatistics(RevisionName name, Normalization.Frozen normalization) {
  NamedStatistics(RevisionName name, BoundStatistics statistics) {
    this(name, new Normalization.Frozen(statistics));
  }
}
