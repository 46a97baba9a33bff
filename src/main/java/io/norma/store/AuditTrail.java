package io.norma.store;

import io.norma.serving.Actor;
import io.norma.serving.AuditedChange;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes down who changed what. A record is written by the transaction that makes the change:
 * neither is there without the other. Records are only ever added.
 *
 * <p>Once it is committed, the record is a line of JSON in the log of its own, {@value #LOG_NAME}.
 */
public final class AuditTrail {
  /** The logger's name; operators send it where they like. */
  public static final String LOG_NAME = "norma.audit";

  private static final Logger LOG = LoggerFactory.getLogger(LOG_NAME);
  private static final JsonMapper JSON = new JsonMapper();

  private final Transactions transactions;
  private final Clock clock;

  public AuditTrail(Transactions transactions, Clock clock) {
    this.transactions = transactions;
    this.clock = clock;
  }

  /**
   * Records a change of the current actor's, within the transaction that runs, or one of its own.
   */
  public void record(AuditedChange change) {
    record(List.of(change));
  }

  /** The same of several changes, in one transaction. */
  public void record(List<AuditedChange> changes) {
    if (changes.isEmpty()) {
      return;
    }
    Actor actor = Actor.current();
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    transactions.write(() -> {
      for (AuditedChange change : changes) {
        insert(change, actor, now);
        transactions.afterCommit(() -> LOG.info("{}", line(change, actor, now)));
      }
      return changes;
    });
  }

  private void insert(AuditedChange change, Actor actor, Instant at) {
    transactions
        .client()
        .sql(
            """
            insert into audit_records
              (recorded_at, principal, remote_address, trace_id, action, model, version, sha256,
               subject, reason, before_change, after_change)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        .param(at.atOffset(ZoneOffset.UTC))
        .param(actor.principal())
        .param(actor.address())
        .param(actor.traceId())
        .param(word(change))
        .param(change.model())
        .param(change.version())
        .param(change.sha256())
        .param(change.subject())
        .param(change.reason())
        .param(facts(change.before()))
        .param(facts(change.after()))
        .update();
  }

  private static String word(AuditedChange change) {
    return change.action().name().toLowerCase(Locale.ROOT);
  }

  private static @Nullable String facts(Map<String, Object> facts) {
    return facts.isEmpty() ? null : JSON.writeValueAsString(facts);
  }

  /** With the names that the route answers; JSON keeps whatever comes on one line. */
  private static String line(AuditedChange change, Actor actor, Instant at) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("at", at.toString());
    fields.put("principal", actor.principal());
    put(fields, "remote_address", actor.address());
    put(fields, "trace_id", actor.traceId());
    fields.put("action", word(change));
    put(fields, "model", change.model());
    put(fields, "version", change.version() == null ? null : change.version().toString());
    put(fields, "sha256", change.sha256());
    put(fields, "subject", change.subject());
    put(fields, "reason", change.reason());
    put(fields, "before", change.before().isEmpty() ? null : change.before());
    put(fields, "after", change.after().isEmpty() ? null : change.after());
    return JSON.writeValueAsString(fields);
  }

  private static void put(Map<String, Object> fields, String name, @Nullable Object value) {
    if (value != null) {
      fields.put(name, value);
    }
  }
}
