package io.norma.runningstatistics;

import java.time.Instant;

/** That a revision became what requests get when they name none. */
public record Activation(
    long id, RevisionName name, Instant activatedAt, String activatedBy, boolean isRollback) {}
