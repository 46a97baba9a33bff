package io.norma.normalization.store;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.normalization.NormalizerState;
import io.norma.normalization.NormalizerStore;
import io.norma.normalization.StoredNormalizer;
import io.norma.serving.AuditedAction;
import io.norma.serving.AuditedChange;
import io.norma.store.AuditTrail;
import io.norma.store.KeyedChange;
import io.norma.store.StatisticsBytes;
import io.norma.store.StoreConflictException;
import io.norma.store.Transactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.SqlParameterValue;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** As {@link NormalizerStore} says, through JDBC. */
@Component
public final class JdbcNormalizerStore implements NormalizerStore {
  private static final String STATE =
      "batches, value_count, mean, deviations, running_mean, running_variance";

  private final Transactions transactions;
  private final JdbcClient client;
  private final AuditTrail audit;
  private final Clock clock;

  public JdbcNormalizerStore(Transactions transactions, Clock clock) {
    this.transactions = transactions;
    this.clock = clock;
    client = transactions.client();
    audit = new AuditTrail(transactions, clock);
  }

  @Override
  public boolean create(StoredNormalizer normalizer) {
    NormalizerState state = normalizer.state();
    try {
      transactions.write(() -> {
        audit.record(change(AuditedAction.NORMALIZER_CREATED, normalizer).after(facts(normalizer)));
        return client
            .sql(
                """
                insert into normalizers
                  (name, channels, channel_axis, epsilon, momentum, variance_convention,
                   created_at, batches, value_count, mean, deviations, running_mean,
                   running_variance)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
            .param(normalizer.name())
            .param(normalizer.channels())
            .param(normalizer.channelAxis())
            .param(normalizer.epsilon())
            .param(new SqlParameterValue(Types.DOUBLE, normalizer.momentum()))
            .param(normalizer.varianceConvention().name())
            .param(normalizer.createdAt().atOffset(ZoneOffset.UTC))
            .params(stateColumns(state))
            .update();
      });
      return true;
    } catch (DuplicateKeyException _) {
      return false;
    }
  }

  private static AuditedChange change(AuditedAction action, StoredNormalizer normalizer) {
    return AuditedChange.of(action, normalizer.name());
  }

  private static Map<String, Object> facts(StoredNormalizer normalizer) {
    Map<String, Object> facts =
        AuditedChange.facts(
            "channels", normalizer.channels(), "batches", normalizer.state().batches());
    facts.put("count", normalizer.state().moments().count());
    return facts;
  }

  @Override
  public Optional<StoredNormalizer> find(String name) {
    return find(name, "");
  }

  private Optional<StoredNormalizer> find(String name, String locking) {
    return client
        .sql("select * from normalizers where name = ?" + locking)
        .param(name)
        .query((row, _) -> normalizer(row))
        .optional();
  }

  @Override
  public List<StoredNormalizer> list(String after, int limit) {
    return client
        .sql("select * from normalizers where name > ? order by name fetch first ? rows only")
        .params(after, limit)
        .query((row, _) -> normalizer(row))
        .list();
  }

  @Override
  public boolean delete(String name) {
    return transactions.write(() -> {
      Optional<StoredNormalizer> before = find(name, " for update");
      before.ifPresent(normalizer -> {
        client.sql("delete from normalizers where name = ?").param(name).update();
        audit.record(
            change(AuditedAction.NORMALIZER_DELETED, normalizer).before(facts(normalizer)));
      });
      return before.isPresent();
    });
  }

  @Override
  public Change change(
      String name, @Nullable KeyedChange key, Function<StoredNormalizer, NormalizerState> change) {
    return transactions.write(() -> changeThere(name, key, change));
  }

  @Override
  public Change merge(
      String name, @Nullable KeyedChange key, Function<StoredNormalizer, NormalizerState> merge) {
    return transactions.write(() -> {
      Optional<StoredNormalizer> before = find(name, " for update");
      Change merged = changeThere(name, key, merge);
      if (!merged.repeated()) {
        audit.record(
            change(AuditedAction.NORMALIZER_MERGED, merged.normalizer())
                .before(facts(before.orElseThrow()))
                .after(facts(merged.normalizer())));
      }
      return merged;
    });
  }

  /** Within a transaction. */
  private Change changeThere(
      String name, @Nullable KeyedChange key, Function<StoredNormalizer, NormalizerState> change) {
    StoredNormalizer before =
        find(name, " for update")
            .orElseThrow(() ->
                new StoreConflictException(
                    StoreConflictException.Reason.MISSING,
                    "there is no normalizer '" + name + "'"));
    if (key != null) {
      Optional<NormalizerState> known = known(name, key);
      if (known.isPresent()) {
        return new Change(with(before, known.get()), true);
      }
    }
    NormalizerState after = change.apply(before);
    client
        .sql(
            """
            update normalizers set batches = ?, value_count = ?, mean = ?, deviations = ?,
              running_mean = ?, running_variance = ?
            where name = ?
            """)
        .params(stateColumns(after))
        .param(name)
        .update();
    if (key != null) {
      remember(name, key, after);
    }
    return new Change(with(before, after), false);
  }

  private Optional<NormalizerState> known(String name, KeyedChange key) {
    return client
        .sql(
            "select fingerprint, "
                + STATE
                + " from normalizer_changes where name = ? and idempotency_key = ?")
        .params(name, key.key())
        .query((row, _) -> {
          key.requireSame(row.getString("fingerprint"), "change of normalizer '" + name + "'");
          return state(row);
        })
        .optional();
  }

  private void remember(String name, KeyedChange key, NormalizerState state) {
    Instant now = clock.instant();
    client
        .sql("delete from normalizer_changes where name = ? and changed_at < ?")
        .params(name, now.minus(KeyedChange.KEPT).atOffset(ZoneOffset.UTC))
        .update();
    client
        .sql(
            """
            insert into normalizer_changes
              (name, idempotency_key, fingerprint, changed_at, batches, value_count, mean,
               deviations, running_mean, running_variance)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        .params(name, key.key(), key.fingerprint(), now.atOffset(ZoneOffset.UTC))
        .params(stateColumns(state))
        .update();
  }

  private static List<Object> stateColumns(NormalizerState state) {
    return List.of(
        state.batches(),
        state.moments().count(),
        StatisticsBytes.of(state.moments().mean()),
        StatisticsBytes.of(state.moments().sumOfSquaredDeviations()),
        StatisticsBytes.of(state.runningMean()),
        StatisticsBytes.of(state.runningVariance()));
  }

  private static StoredNormalizer with(StoredNormalizer normalizer, NormalizerState state) {
    return new StoredNormalizer(
        normalizer.name(),
        normalizer.channels(),
        normalizer.channelAxis(),
        normalizer.epsilon(),
        normalizer.momentum(),
        normalizer.varianceConvention(),
        normalizer.createdAt(),
        state);
  }

  private static StoredNormalizer normalizer(ResultSet row) throws SQLException {
    double momentum = row.getDouble("momentum");
    boolean cumulative = row.wasNull();
    return new StoredNormalizer(
        row.getString("name"),
        row.getInt("channels"),
        row.getInt("channel_axis"),
        row.getDouble("epsilon"),
        cumulative ? null : momentum,
        VarianceConvention.valueOf(row.getString("variance_convention")),
        row.getObject("created_at", OffsetDateTime.class).toInstant(),
        state(row));
  }

  private static NormalizerState state(ResultSet row) throws SQLException {
    return new NormalizerState(
        row.getLong("batches"),
        new ChannelMoments(
            row.getLong("value_count"), doubles(row, "mean"), doubles(row, "deviations")),
        doubles(row, "running_mean"),
        doubles(row, "running_variance"));
  }

  private static double[] doubles(ResultSet row, String column) throws SQLException {
    return StatisticsBytes.toDoubles(row.getBytes(column));
  }
}
