package io.norma.store;

import io.norma.serving.ModelVersion;
import io.norma.serving.NetworkIdentity;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The networks that something was ever stored for. Everything that is stored hangs on a network's
 * row, and whoever changes any of it locks the row first: one writer at a time for a network,
 * whichever replica it is on.
 */
public final class Networks {
  /** How long a deleted network is remembered: longer than a replica can be behind. */
  private static final Duration DELETED_ARE_KEPT = Duration.ofDays(1);

  /** Stands for a network whose bytes were not known when it was stored. */
  private static final String UNKNOWN = "";

  /** To be joined as {@code n}; names the network by three parameters. */
  public static final String IS_NETWORK =
      " n.model = :model and n.version = :version and n.sha256 = :sha256 ";

  private final Transactions transactions;
  private final JdbcClient client;
  private final Clock clock;

  public Networks(Transactions transactions, Clock clock) {
    this.transactions = transactions;
    this.clock = clock;
    client = transactions.client();
  }

  /** A query or change with the parameters of {@link #IS_NETWORK}. */
  public static JdbcClient.StatementSpec of(
      JdbcClient client, NetworkIdentity network, String sql) {
    return client
        .sql(sql)
        .param("model", network.model())
        .param("version", network.version())
        .param("sha256", network.sha256());
  }

  /**
   * Waits for the network's lock, which the transaction that runs now keeps until it ends.
   *
   * @return the id of its row, which is made if there is none
   * @throws StoreConflictException if the network has been deleted
   */
  public long lock(NetworkIdentity network) {
    Row row = lockRow(network);
    if (row.deletedAt() != null) {
      throw new StoreConflictException(
          StoreConflictException.Reason.MISSING,
          "model '%s' version %d with SHA-256 %s has been deleted"
              .formatted(network.model(), network.version(), network.sha256()));
    }
    return row.id();
  }

  /** As {@link #lock}, for one that is there again, also if it was deleted before. */
  public void lockAnew(NetworkIdentity network) {
    Row row = lockRow(network);
    if (row.deletedAt() != null) {
      client.sql("update networks set deleted_at = null where id = ?").param(row.id()).update();
    }
  }

  /** Takes back that it was deleted, for its file is still found elsewhere than among uploads. */
  public void revive(NetworkIdentity network) {
    boolean deleted =
        of(client, network, "select deleted_at from networks n where" + IS_NETWORK)
            .query((row, _) -> row.getObject(1) != null)
            .optional()
            .orElse(false);
    if (deleted) {
      transactions.write(() -> {
        lockAnew(network);
        return true;
      });
    }
  }

  /** Notes that it is deleted; it must be locked. */
  public void markDeleted(long id) {
    Instant now = clock.instant();
    client
        .sql("update networks set deleted_at = ? where id = ?")
        .params(now.atOffset(ZoneOffset.UTC), id)
        .update();
    List<Long> forgotten =
        client
            .sql(
                """
                select id from networks where deleted_at < ? order by id for update skip locked
                """)
            .param(now.minus(DELETED_ARE_KEPT).atOffset(ZoneOffset.UTC))
            .query((row, _) -> row.getLong(1))
            .list();
    for (long old : forgotten) {
      client.sql("delete from networks where id = ?").param(old).update();
    }
  }

  private Row lockRow(NetworkIdentity network) {
    return find(network)
        .orElseGet(() -> {
          try {
            client
                .sql("insert into networks (model, version, sha256) values (?, ?, ?)")
                .params(network.model(), network.version(), network.sha256())
                .update();
          } catch (DuplicateKeyException e) {
            // Another transaction was faster: this one begins anew, and waits for that one.
            throw new CannotAcquireLockException("network " + network + " has just been stored", e);
          }
          return find(network).orElseThrow();
        });
  }

  private Optional<Row> find(NetworkIdentity network) {
    return of(
            client,
            network,
            "select id, deleted_at from networks n where" + IS_NETWORK + "for update")
        .query((row, _) -> new Row(row.getLong(1), row.getObject(2, OffsetDateTime.class)))
        .optional();
  }

  private record Row(long id, @Nullable OffsetDateTime deletedAt) {}

  /** Whether something is stored for a network of this name whose bytes were not known. */
  public Optional<NetworkIdentity> unidentified(ModelVersion name) {
    NetworkIdentity network = new NetworkIdentity(name.model(), name.version(), UNKNOWN);
    return of(client, network, "select id from networks n where" + IS_NETWORK)
        .query(Long.class)
        .optional()
        .map(_ -> network);
  }

  /**
   * Gives what is stored for an unidentified network to this one.
   *
   * @return whether it did; not if something is stored for this one already
   */
  public boolean identify(NetworkIdentity network) {
    try {
      return transactions.writeAndAnnounce(() ->
          client
                  .sql(
                      "update networks set sha256 = ? where model = ? and version = ? and sha256 ="
                          + " ?")
                  .params(network.sha256(), network.model(), network.version(), UNKNOWN)
                  .update()
              > 0);
    } catch (DuplicateKeyException _) {
      return false;
    }
  }
}
