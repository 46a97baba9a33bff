package io.norma.store;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.VarianceConvention;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.SqlParameterValue;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Normalizers and what they remember. Changes of one normalizer come one after the other, whichever
 * replica they come to; each counts once, however often it is sent with its key.
 */
public final class NormalizerStore {
  private static final String STATE =
      "batches, value_count, mean, deviations, running_mean, running_variance";

  private final Transactions transactions;
  private final JdbcClient client;

  NormalizerStore(Transactions transactions) {
    this.transactions = transactions;
    client = transactions.client();
  }

  /**
   * A change that is part of the normalizer for good.
   *
   * @param normalizer as it was right after the change
   * @param repeated whether the change had been made before, under the same key
   */
  public record Change(StoredNormalizer normalizer, boolean repeated) {}

  /** Adds a normalizer; says whether there was none of that name. */
  public boolean create(StoredNormalizer normalizer) {
    NormalizerState state = normalizer.state();
    try {
      transactions.write(() ->
          client
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
              .update());
      return true;
    } catch (DuplicateKeyException _) {
      return false;
    }
  }

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

  /**
   * Normalizers by name.
   *
   * @param after only those that come after this name
   */
  public List<StoredNormalizer> list(String after, int limit) {
    return client
        .sql("select * from normalizers where name > ? order by name fetch first ? rows only")
        .params(after, limit)
        .query((row, _) -> normalizer(row))
        .list();
  }

  /** Deletes a normalizer; says whether it was there. */
  public boolean delete(String name) {
    return transactions.write(
        () -> client.sql("delete from normalizers where name = ?").param(name).update() > 0);
  }

  /**
   * Changes what a normalizer remembers.
   *
   * @param key under which the change is made once only, {@code null} to make it in any case
   * @param change makes the new state
   * @throws StoreConflictException if there is no such normalizer, or the key came with another
   *     change before
   */
  public Change change(
      String name, @Nullable KeyedChange key, Function<StoredNormalizer, NormalizerState> change) {
    return transactions.write(() -> {
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
    });
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
    Instant now = Instant.now();
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
