package io.norma.security.store;

import io.norma.security.ApiKey;
import io.norma.security.ApiKeyStore;
import io.norma.security.ModelPatterns;
import io.norma.security.Scope;
import io.norma.security.StoredKey;
import io.norma.serving.AuditedAction;
import io.norma.serving.AuditedChange;
import io.norma.store.AuditTrail;
import io.norma.store.StoreConflictException;
import io.norma.store.Transactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** As {@link ApiKeyStore} says, through JDBC. */
@Component
public final class JdbcApiKeyStore implements ApiKeyStore {
  private static final String SELECT =
      """
      select id, name, sha256, scopes, models, created_at, created_by, expires_at, last_used_at,
        revoked_at, revoked_by
      from api_keys
      """;

  private final Transactions transactions;
  private final AuditTrail audit;
  private final JdbcClient client;

  public JdbcApiKeyStore(Transactions transactions, AuditTrail audit) {
    this.transactions = transactions;
    this.audit = audit;
    client = transactions.client();
  }

  @Override
  public void add(StoredKey stored, int most) {
    ApiKey key = stored.key();
    try {
      transactions.write(() -> {
        requireRoom(most);
        audit.record(AuditedChange.of(AuditedAction.KEY_CREATED, key.id()).after(facts(key)));
        return client
            .sql(
                """
                insert into api_keys
                  (id, name, name_in_use, sha256, scopes, models, created_at, created_by, expires_at)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
            .params(
                Arrays.asList(
                    key.id(),
                    key.name(),
                    key.name(),
                    stored.sha256(),
                    key.scopes().stream()
                        .sorted()
                        .map(Scope::word)
                        .collect(Collectors.joining(",")),
                    String.join(",", key.models().patterns()),
                    time(key.createdAt()),
                    key.createdBy(),
                    time(key.expiresAt())))
            .update();
      });
    } catch (DuplicateKeyException e) {
      StoreConflictException conflict =
          new StoreConflictException(
              StoreConflictException.Reason.DIFFERENT,
              "there is a key with the name '%s' that is not revoked: give another name, or revoke that one"
                  .formatted(key.name()));
      conflict.initCause(e);
      throw conflict;
    }
  }

  private void requireRoom(int most) {
    long there =
        client
            .sql("select count(*) from api_keys where revoked_at is null")
            .query(Long.class)
            .single();
    if (there >= most) {
      throw new StoreConflictException(
          StoreConflictException.Reason.TOO_MANY,
          "there are %d keys that are not revoked, as many as norma.security.max-keys allows: revoke some"
              .formatted(there));
    }
  }

  @Override
  public List<ApiKey> list(String afterId, int limit) {
    return client
        .sql(SELECT + "where id > ? order by id limit ?")
        .params(afterId, limit)
        .query((row, _) -> key(row))
        .list();
  }

  @Override
  public Optional<StoredKey> find(String id) {
    return client.sql(SELECT + "where id = ?").param(id).query((row, _) -> stored(row)).optional();
  }

  @Override
  public List<StoredKey> notRevoked() {
    return client.sql(SELECT + "where revoked_at is null").query((row, _) -> stored(row)).list();
  }

  @Override
  public Optional<ApiKey> revoke(String id, Instant at, String by) {
    return transactions.write(() -> {
      int revoked =
          client
              .sql(
                  """
                  update api_keys set revoked_at = ?, revoked_by = ?, name_in_use = null
                  where id = ? and revoked_at is null
                  """)
              .params(at.atOffset(ZoneOffset.UTC), by, id)
              .update();
      Optional<ApiKey> key = find(id).map(StoredKey::key);
      if (revoked > 0) {
        key.ifPresent(
            it -> audit.record(AuditedChange.of(AuditedAction.KEY_REVOKED, id).before(facts(it))));
      }
      return key;
    });
  }

  @Override
  public void used(Map<String, Instant> lastUses) {
    // In one order everywhere, or two replicas would wait for each other.
    Map<String, Instant> byId = new TreeMap<>(lastUses);
    transactions.write(() -> {
      byId.forEach((id, at) -> {
        OffsetDateTime time = at.atOffset(ZoneOffset.UTC);
        client
            .sql(
                """
                update api_keys set last_used_at = ?
                where id = ? and (last_used_at is null or last_used_at < ?)
                """)
            .params(time, id, time)
            .update();
      });
      return null;
    });
  }

  private static Map<String, Object> facts(ApiKey key) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("name", key.name());
    facts.put("scopes", key.scopes().stream().sorted().map(Scope::word).toList());
    facts.put("models", key.models().patterns());
    return facts;
  }

  private static Stream<String> words(String list) {
    return Stream.of(list.split(",", -1));
  }

  private static @Nullable OffsetDateTime time(@Nullable Instant instant) {
    return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
  }

  private static StoredKey stored(ResultSet row) throws SQLException {
    return new StoredKey(key(row), row.getBytes("sha256"));
  }

  private static ApiKey key(ResultSet row) throws SQLException {
    return new ApiKey(
        row.getString("id"),
        row.getString("name"),
        words(row.getString("scopes"))
            .map(word -> Scope.valueOf(word.toUpperCase(Locale.ROOT)))
            .collect(Collectors.toUnmodifiableSet()),
        ModelPatterns.of(words(row.getString("models")).toList()),
        required(row, "created_at"),
        row.getString("created_by"),
        instant(row, "expires_at"),
        instant(row, "last_used_at"),
        instant(row, "revoked_at"),
        row.getString("revoked_by"));
  }

  private static Instant required(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }
}
