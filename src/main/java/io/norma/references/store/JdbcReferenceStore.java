package io.norma.references.store;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.models.References;
import io.norma.references.ReferenceStore;
import io.norma.serving.AuditedAction;
import io.norma.serving.AuditedChange;
import io.norma.serving.NetworkIdentity;
import io.norma.store.AuditTrail;
import io.norma.store.KeyedChange;
import io.norma.store.Networks;
import io.norma.store.StatisticsBytes;
import io.norma.store.StoreConflictException;
import io.norma.store.Transactions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** As {@link ReferenceStore} says, through JDBC. */
@Component
public final class JdbcReferenceStore implements ReferenceStore {
  private final Transactions transactions;
  private final JdbcClient client;
  private final Networks networks;
  private final AuditTrail audit;
  private final Clock clock;

  public JdbcReferenceStore(Transactions transactions, Clock clock) {
    this.transactions = transactions;
    this.clock = clock;
    client = transactions.client();
    networks = new Networks(transactions, clock);
    audit = new AuditTrail(transactions, clock);
  }

  @Override
  public Optional<References> find(NetworkIdentity network) {
    return Networks.of(
            client,
            network,
            """
            select r.network_id, r.batches, r.samples
            from network_references r join networks n on n.id = r.network_id where
            """
                + Networks.IS_NETWORK)
        .query((row, _) -> new References(row.getLong(2), row.getLong(3), layers(row.getLong(1))))
        .optional();
  }

  private Map<String, ChannelMoments> layers(long id) {
    Map<String, ChannelMoments> layers = new LinkedHashMap<>();
    client
        .sql(
            """
            select node, value_count, mean, deviations from network_reference_layers
            where network_id = ? order by position
            """)
        .param(id)
        .query(row -> {
          layers.put(
              row.getString(1),
              new ChannelMoments(
                  row.getLong(2),
                  StatisticsBytes.toDoubles(row.getBytes(3)),
                  StatisticsBytes.toDoubles(row.getBytes(4))));
        });
    return layers;
  }

  @Override
  public Map<NetworkIdentity, Long> batches() {
    Map<NetworkIdentity, Long> batches = new HashMap<>();
    client
        .sql(
            """
            select n.model, n.version, n.sha256, r.batches
            from network_references r join networks n on n.id = r.network_id
            """)
        .query(row -> {
          batches.put(
              new NetworkIdentity(row.getString(1), row.getLong(2), row.getString(3)),
              row.getLong(4));
        });
    return batches;
  }

  @Override
  public Merge merge(
      NetworkIdentity network,
      References batch,
      Collection<String> virtualLayers,
      @Nullable KeyedChange key) {
    return transactions.writeAndAnnounce(() -> {
      long id = networks.lock(network);
      Optional<References> before = find(network);
      if (key != null && before.isPresent() && isKnown(network, key)) {
        return new Merge(before.get(), true);
      }
      requireUnused(id, virtualLayers);
      References after = before.map(known -> merged(known, batch)).orElse(batch);
      if (before.isPresent()) {
        client
            .sql("update network_references set batches = ?, samples = ? where network_id = ?")
            .params(after.batches(), after.samples(), id)
            .update();
        client.sql("delete from network_reference_layers where network_id = ?").param(id).update();
      } else {
        client
            .sql("insert into network_references (network_id, batches, samples) values (?, ?, ?)")
            .params(id, after.batches(), after.samples())
            .update();
      }
      insert(id, after.layers());
      if (key != null) {
        remember(id, key);
      }
      audit.record(
          AuditedChange.of(AuditedAction.REFERENCES_ADDED, network)
              .before(before.map(JdbcReferenceStore::facts).orElse(Map.of()))
              .after(facts(after)));
      return new Merge(after, false);
    });
  }

  private static Map<String, Object> facts(References references) {
    Map<String, Object> facts =
        AuditedChange.facts("batches", references.batches(), "samples", references.samples());
    facts.put("layers", references.layers().size());
    return facts;
  }

  private static References merged(References known, References batch) {
    if (!known.layers().keySet().equals(batch.layers().keySet())) {
      throw new StoreConflictException(
          StoreConflictException.Reason.DIFFERENT,
          "there are references of other layers already: %s; delete them first, or name no layers"
              .formatted(known.layers().keySet()));
    }
    Map<String, ChannelMoments> layers = new LinkedHashMap<>(known.layers());
    batch.layers().forEach((node, moments) -> layers.merge(node, moments, ChannelMoments::merge));
    return new References(
        known.batches() + batch.batches(), known.samples() + batch.samples(), layers);
  }

  /** What was estimated by these references would mean something else by others. */
  private void requireUnused(long id, Collection<String> layers) {
    List<String> users =
        client
            .sql(
                """
                select distinct s.name from statistics_sets s
                join statistics_layers l on l.set_id = s.id
                where s.network_id = :id and l.layer in (:layers)
                union
                select distinct c.id from calibrations c
                join calibration_layers l on l.calibration_id = c.id
                where c.network_id = :id and c.published_revision is null and l.layer in (:layers)
                order by 1
                """)
            .param("id", id)
            .param("layers", layers)
            .query((row, _) -> row.getString(1))
            .list();
    if (!users.isEmpty()) {
      throw new StoreConflictException(
          StoreConflictException.Reason.ACTIVE,
          "running statistics were estimated by these references, and would mean something else by others: delete the sets and calibrations %s first"
              .formatted(users));
    }
  }

  private void insert(long id, Map<String, ChannelMoments> layers) {
    List<Object[]> rows = new ArrayList<>();
    layers.forEach((node, moments) ->
        rows.add(
            new Object[] {
              id,
              rows.size(),
              node,
              moments.count(),
              StatisticsBytes.of(moments.mean()),
              StatisticsBytes.of(moments.sumOfSquaredDeviations())
            }));
    transactions
        .statements()
        .batchUpdate(
            """
            insert into network_reference_layers
              (network_id, position, node, value_count, mean, deviations)
            values (?, ?, ?, ?, ?, ?)
            """,
            rows);
  }

  @Override
  public boolean isKnown(NetworkIdentity network, KeyedChange key) {
    return Networks.of(
            client,
            network,
            """
            select c.fingerprint
            from network_reference_changes c join networks n on n.id = c.network_id
            where c.idempotency_key = :key and
            """
                + Networks.IS_NETWORK)
        .param("key", key.key())
        .query(String.class)
        .optional()
        .map(fingerprint -> {
          key.requireSame(fingerprint, "batch of the references of model " + network);
          return true;
        })
        .orElse(false);
  }

  private void remember(long id, KeyedChange key) {
    Instant now = clock.instant();
    client
        .sql("delete from network_reference_changes where network_id = ? and changed_at < ?")
        .params(id, now.minus(KeyedChange.KEPT).atOffset(ZoneOffset.UTC))
        .update();
    client
        .sql(
            """
            insert into network_reference_changes
              (network_id, idempotency_key, fingerprint, changed_at) values (?, ?, ?, ?)
            """)
        .params(id, key.key(), key.fingerprint(), now.atOffset(ZoneOffset.UTC))
        .update();
  }

  @Override
  public boolean delete(NetworkIdentity network, Collection<String> virtualLayers) {
    return transactions.writeAndAnnounce(() -> {
      long id = networks.lock(network);
      requireUnused(id, virtualLayers);
      Optional<References> before = find(network);
      boolean deleted =
          client.sql("delete from network_references where network_id = ?").param(id).update() > 0;
      if (deleted) {
        audit.record(
            AuditedChange.of(AuditedAction.REFERENCES_DELETED, network)
                .before(facts(before.orElseThrow())));
      }
      return deleted;
    });
  }
}
