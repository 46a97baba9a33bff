package io.norma.security.audit.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.norma.http.codec.Words;
import io.norma.security.audit.AuditRecord;
import io.norma.serving.AuditedChange;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A record of a change, as the route answers it and the log has it. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
record AuditEntry(
    long id,
    Instant at,
    String principal,
    @Nullable String remoteAddress,
    @Nullable String traceId,
    String action,
    @Nullable String model,
    @Nullable String version,
    @Nullable String sha256,
    @Nullable String subject,
    @Nullable String reason,
    Map<String, Object> before,
    Map<String, Object> after) {
  static AuditEntry of(AuditRecord made) {
    AuditedChange change = made.change();
    return new AuditEntry(
        made.id(),
        made.at(),
        made.actor().principal(),
        made.actor().address(),
        made.actor().traceId(),
        Words.of(change.action()),
        change.model(),
        change.version() == null ? null : change.version().toString(),
        change.sha256(),
        change.subject(),
        change.reason(),
        change.before(),
        change.after());
  }
}
