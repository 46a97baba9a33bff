package io.norma.security.audit;

import io.norma.serving.Actor;
import io.norma.serving.AuditedChange;
import java.time.Instant;

/**
 * A change that was made.
 *
 * @param id larger than those of the records before it
 */
public record AuditRecord(long id, Instant at, Actor actor, AuditedChange change) {}
