package io.norma.security.audit.store;

import io.norma.security.audit.AuditQuery;
import io.norma.security.audit.AuditRecord;
import io.norma.security.audit.AuditStore;
import io.norma.serving.Actor;
import io.norma.serving.AuditedAction;
import io.norma.serving.AuditedChange;
import io.norma.store.Transactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** As {@link AuditStore} says, through JDBC. */
@Component
public final class JdbcAuditStore implements AuditStore {
  /** So many are deleted in one transaction. */
  private static final int FORGOTTEN_AT_ONCE = 10_000;

  private static final JsonMapper JSON = new JsonMapper();
  private static final TypeReference<LinkedHashMap<String, Object>> FACTS =
      new TypeReference<>() {};

  private final Transactions transactions;
  private final JdbcClient client;

  public JdbcAuditStore(Transactions transactions) {
    this.transactions = transactions;
    client = transactions.client();
  }

  @Override
  public List<AuditRecord> list(AuditQuery query, long before, int limit) {
    Map<String, Object> parameters = new LinkedHashMap<>();
    StringBuilder conditions = new StringBuilder("id < :before");
    add(conditions, parameters, "recorded_at >= :since", "since", time(query.since()));
    add(conditions, parameters, "recorded_at < :until", "until", time(query.until()));
    add(conditions, parameters, "principal = :principal", "principal", query.principal());
    add(conditions, parameters, "model = :model", "model", query.model());
    AuditedAction action = query.action();
    add(
        conditions,
        parameters,
        "action = :action",
        "action",
        action == null ? null : action.name().toLowerCase(Locale.ROOT));
    return client
        .sql(
            "select * from audit_records where "
                + conditions
                + " order by id desc fetch first :limit rows only")
        .params(parameters)
        .param("before", before)
        .param("limit", limit)
        .query((row, _) -> read(row))
        .list();
  }

  private static @Nullable OffsetDateTime time(@Nullable Instant instant) {
    return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
  }

  private static void add(
      StringBuilder conditions,
      Map<String, Object> parameters,
      String condition,
      String name,
      @Nullable Object value) {
    if (value != null) {
      conditions.append(" and ").append(condition);
      parameters.put(name, value);
    }
  }

  private static AuditRecord read(ResultSet row) throws SQLException {
    long version = row.getLong("version");
    boolean none = row.wasNull();
    return new AuditRecord(
        row.getLong("id"),
        row.getObject("recorded_at", OffsetDateTime.class).toInstant(),
        new Actor(
            row.getString("principal"), row.getString("remote_address"), row.getString("trace_id")),
        new AuditedChange(
            AuditedAction.valueOf(row.getString("action").toUpperCase(Locale.ROOT)),
            row.getString("model"),
            none ? null : (Long) version,
            row.getString("sha256"),
            row.getString("subject"),
            row.getString("reason"),
            facts(row.getString("before_change")),
            facts(row.getString("after_change"))));
  }

  private static Map<String, Object> facts(@Nullable String json) {
    return json == null ? Map.of() : JSON.readValue(json, FACTS);
  }

  @Override
  public long forget(Instant before) {
    long all = 0;
    int deleted;
    do {
      deleted =
          transactions.write(() ->
              client
                  .sql(
                      """
                      delete from audit_records where id in
                        (select id from audit_records where recorded_at < ?
                         order by recorded_at fetch first ? rows only)
                      """)
                  .params(before.atOffset(ZoneOffset.UTC), FORGOTTEN_AT_ONCE)
                  .update());
      all += deleted;
    } while (deleted == FORGOTTEN_AT_ONCE);
    return all;
  }
}
