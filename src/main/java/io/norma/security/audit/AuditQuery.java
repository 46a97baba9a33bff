package io.norma.security.audit;

import io.norma.serving.AuditedAction;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which records are asked for: those that have all that is named.
 *
 * @param since not before this
 * @param until before this
 */
public record AuditQuery(
    @Nullable Instant since,
    @Nullable Instant until,
    @Nullable String principal,
    @Nullable String model,
    @Nullable AuditedAction action) {
  /** All records. */
  public static final AuditQuery ALL = new AuditQuery(null, null, null, null, null);
}
