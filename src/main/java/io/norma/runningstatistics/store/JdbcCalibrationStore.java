package io.norma.runningstatistics.store;

import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.Calibration;
import io.norma.runningstatistics.CalibrationLayer;
import io.norma.runningstatistics.CalibrationStore;
import io.norma.runningstatistics.RevisionName;
import io.norma.runningstatistics.certificate.Probing;
import io.norma.serving.Actor;
import io.norma.serving.AuditedAction;
import io.norma.serving.AuditedChange;
import io.norma.serving.NetworkIdentity;
import io.norma.store.AuditTrail;
import io.norma.store.KeyedChange;
import io.norma.store.Networks;
import io.norma.store.StoreConflictException;
import io.norma.store.Transactions;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** As {@link CalibrationStore} says, through JDBC. */
@Component
public final class JdbcCalibrationStore implements CalibrationStore {
  private final Transactions transactions;
  private final JdbcClient client;
  private final StoredLayers stored;
  private final Networks networks;
  private final AuditTrail audit;
  private final CalibrationLimits limits;
  private final Clock clock;

  public JdbcCalibrationStore(Transactions transactions, CalibrationLimits limits, Clock clock) {
    this.transactions = transactions;
    this.limits = limits;
    this.clock = clock;
    client = transactions.client();
    stored = new StoredLayers(transactions);
    networks = new Networks(transactions, clock);
    audit = new AuditTrail(transactions, clock);
  }

  @Override
  public Calibration create(
      NetworkIdentity network,
      String set,
      RevisionName base,
      Estimator estimator,
      VarianceConvention varianceConvention,
      long minimumSamples,
      String createdBy) {
    Calibration calibration =
        Calibration.begun(
            UUID.randomUUID().toString(),
            network,
            set,
            base,
            estimator,
            varianceConvention,
            minimumSamples,
            clock.instant(),
            createdBy);
    transactions.write(() -> {
      // Without the lock, two that begin at once would both see room for one more.
      long networkId = networks.lock(network);
      deleteForgotten();
      requireRoom(network, networkId);
      return insert(calibration, networkId);
    });
    return calibration;
  }

  private int insert(Calibration calibration, long networkId) {
    audit.record(change(AuditedAction.CALIBRATION_BEGUN, calibration).after(facts(calibration)));
    return client
        .sql(
            """
            insert into calibrations
              (id, network_id, set_name, base, estimator, variance_convention, minimum_samples,
               created_at, created_by, batches, samples, probing, touched_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        .params(
            calibration.id(),
            networkId,
            calibration.set(),
            calibration.base().toString(),
            calibration.estimator().name(),
            calibration.varianceConvention().name(),
            calibration.minimumSamples(),
            time(calibration.createdAt()),
            calibration.createdBy(),
            calibration.batches(),
            calibration.samples(),
            StoredJson.write(calibration.probing()),
            time(calibration.createdAt()))
        .update();
  }

  private static AuditedChange change(AuditedAction action, Calibration calibration) {
    return AuditedChange.of(action, calibration.network()).subject(calibration.id());
  }

  private static Map<String, Object> facts(Calibration calibration) {
    Map<String, Object> facts =
        AuditedChange.facts("set", calibration.set(), "batches", calibration.batches());
    facts.put("samples", calibration.samples());
    return facts;
  }

  /** What another transaction works on at the moment is not forgotten. */
  private void deleteForgotten() {
    List<String> forgotten =
        client
            .sql(
                """
                select id from calibrations where touched_at < ? order by id
                for update skip locked
                """)
            .param(time(clock.instant().minus(limits.expireAfter())))
            .query((row, _) -> row.getString(1))
            .list();
    Actor.service("calibration-expiry")
        .during(() -> {
          forgotten.forEach(this::deleteThere);
          return forgotten;
        });
  }

  private void requireRoom(NetworkIdentity network, long id) {
    long open =
        client
            .sql(
                """
                select count(*) from calibrations
                where network_id = ? and published_revision is null
                """)
            .param(id)
            .query(Long.class)
            .single();
    if (open >= limits.maxOpen()) {
      throw new StoreConflictException(
          StoreConflictException.Reason.TOO_MANY,
          "model '%s' version %d has %d open calibrations, as many as norma.calibration.max-open"
                  .formatted(network.model(), network.version(), open)
              + " allows: publish or delete one, or wait until one that nobody goes on with"
              + " expires");
    }
  }

  private static OffsetDateTime time(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }

  @Override
  public Optional<Calibration> find(String id) {
    return client
        .sql("select " + CalibrationRows.COLUMNS + CalibrationRows.FROM + " where c.id = ?")
        .param(id)
        .query((row, _) -> CalibrationRows.calibration(row))
        .optional();
  }

  @Override
  public List<Calibration> list(NetworkIdentity network, @Nullable Position before, int limit) {
    Position from = before == null ? Position.FIRST : before;
    return Networks.of(
            client,
            network,
            "select "
                + CalibrationRows.COLUMNS
                + CalibrationRows.FROM
                + " where"
                + Networks.IS_NETWORK
                + """
                and (c.created_at < :at or (c.created_at = :at and c.id > :id))
                order by c.created_at desc, c.id fetch first :limit rows only
                """)
        .param("at", time(from.createdAt()))
        .param("id", from.id())
        .param("limit", limit)
        .query((row, _) -> CalibrationRows.calibration(row))
        .list();
  }

  @Override
  public List<CalibrationLayer> layers(Calibration calibration) {
    return stored.of(calibration);
  }

  @Override
  public Snapshot snapshot(String id) {
    // One statement, for a batch may come between two.
    List<Snapshot> rows =
        client
            .sql(
                "select "
                    + CalibrationRows.COLUMNS
                    + ", "
                    + CalibrationRows.LAYER_COLUMNS
                    + CalibrationRows.FROM
                    + """
                     left join calibration_layers on calibration_id = c.id
                    where c.id = ? order by position
                    """)
            .param(id)
            .query((row, _) -> {
              Calibration calibration = CalibrationRows.calibration(row);
              return new Snapshot(
                  calibration,
                  row.getString("layer") == null
                      ? List.of()
                      : List.of(CalibrationRows.layer(row, calibration)));
            })
            .list();
    if (rows.isEmpty()) {
      throw missing(id);
    }
    return new Snapshot(
        rows.getFirst().calibration(),
        rows.stream().flatMap(row -> row.layers().stream()).toList());
  }

  @Override
  public Merge merge(
      String id,
      long samples,
      @Nullable KeyedChange key,
      UnaryOperator<List<CalibrationLayer>> merge) {
    return transactions.write(() -> mergeThere(lock(id), 1, samples, key, merge));
  }

  @Override
  public Merge mergeMoments(
      String id,
      long batches,
      long samples,
      @Nullable KeyedChange key,
      UnaryOperator<List<CalibrationLayer>> merge) {
    return transactions.write(() -> {
      Calibration before = lock(id);
      Merge merged = mergeThere(before, batches, samples, key, merge);
      if (!merged.repeated()) {
        audit.record(
            change(AuditedAction.CALIBRATION_MERGED, before)
                .before(facts(before))
                .after(facts(merged.calibration())));
      }
      return merged;
    });
  }

  /** Within a transaction that has the calibration's lock. */
  private Merge mergeThere(
      Calibration calibration,
      long batches,
      long samples,
      @Nullable KeyedChange key,
      UnaryOperator<List<CalibrationLayer>> merge) {
    String id = calibration.id();
    if (key != null && isKnown(id, key)) {
      return new Merge(calibration, layers(calibration), true);
    }
    requireOpen(calibration);
    List<CalibrationLayer> before = layers(calibration);
    List<CalibrationLayer> after = merge.apply(before);
    if (before.isEmpty()) {
      stored.insert(id, after);
    } else {
      stored.update(id, after);
    }
    client
        .sql(
            """
            update calibrations
            set batches = batches + ?, samples = samples + ?, touched_at = ?
            where id = ?
            """)
        .params(batches, samples, time(clock.instant()), id)
        .update();
    if (key != null) {
      remember(id, key);
    }
    return new Merge(find(id).orElseThrow(), after, false);
  }

  @Override
  public void probed(String id, UnaryOperator<Probing> change) {
    transactions.write(() -> {
      Optional<Probing> before =
          client
              .sql(
                  """
                  select probing from calibrations
                  where id = ? and published_revision is null for update
                  """)
              .param(id)
              .query((row, _) ->
                  Optional.ofNullable(StoredJson.read(row.getString(1), Probing.class))
                      .orElse(Probing.NONE))
              .optional();
      return before.isEmpty()
          ? 0
          : client
              .sql("update calibrations set probing = ? where id = ?")
              .params(StoredJson.write(change.apply(before.get())), id)
              .update();
    });
  }

  @Override
  public boolean isKnown(String id, KeyedChange key) {
    return client
        .sql(
            """
            select fingerprint from calibration_changes
            where calibration_id = ? and idempotency_key = ?
            """)
        .params(id, key.key())
        .query(String.class)
        .optional()
        .map(fingerprint -> {
          key.requireSame(fingerprint, "change of calibration '" + id + "'");
          return true;
        })
        .orElse(false);
  }

  private void remember(String id, KeyedChange key) {
    Instant now = clock.instant();
    client
        .sql("delete from calibration_changes where calibration_id = ? and changed_at < ?")
        .params(id, time(now.minus(KeyedChange.KEPT)))
        .update();
    client
        .sql(
            """
            insert into calibration_changes (calibration_id, idempotency_key, fingerprint, changed_at)
            values (?, ?, ?, ?)
            """)
        .params(id, key.key(), key.fingerprint(), time(now))
        .update();
  }

  @Override
  public Publication publish(String id, Function<List<CalibrationLayer>, Integer> publish) {
    return transactions.write(() -> {
      // The network's lock first, as everywhere, for publishing takes it.
      find(id).ifPresent(calibration -> networks.lock(calibration.network()));
      Calibration calibration = lock(id);
      requireOpen(calibration);
      List<CalibrationLayer> layers = layers(calibration);
      int revision = publish.apply(layers);
      client
          .sql("update calibrations set published_revision = ?, touched_at = ? where id = ?")
          .params(revision, time(clock.instant()), id)
          .update();
      Map<String, Object> after = facts(calibration);
      after.put("running_statistics", new RevisionName(calibration.set(), revision).toString());
      audit.record(
          change(AuditedAction.CALIBRATION_PUBLISHED, calibration)
              .before(facts(calibration))
              .after(after));
      return new Publication(find(id).orElseThrow(), layers);
    });
  }

  @Override
  public Merge publishAtOnce(
      Calibration calibration,
      List<CalibrationLayer> layers,
      @Nullable KeyedChange key,
      Function<List<CalibrationLayer>, Integer> publish) {
    return transactions.write(() -> {
      // Who sends the same key at once waits here, and finds it.
      long networkId = networks.lock(calibration.network());
      deleteForgotten();
      String id = calibration.id();
      if (key != null && isKnown(id, key)) {
        Calibration before = find(id).orElseThrow(() -> missing(id));
        return new Merge(before, layers(before), true);
      }
      insert(calibration, networkId);
      stored.insert(id, layers);
      if (key != null) {
        remember(id, key);
      }
      Publication published = publish(id, publish);
      return new Merge(published.calibration(), published.layers(), false);
    });
  }

  /** Waits for the calibration's lock, which the transaction that runs now keeps until it ends. */
  private Calibration lock(String id) {
    boolean there =
        client
            .sql("select id from calibrations where id = ? for update")
            .param(id)
            .query(String.class)
            .optional()
            .isPresent();
    if (!there) {
      throw missing(id);
    }
    return find(id).orElseThrow(() -> missing(id));
  }

  private static StoreConflictException missing(String id) {
    return new StoreConflictException(
        StoreConflictException.Reason.MISSING, "there is no calibration '" + id + "'");
  }

  private static void requireOpen(Calibration calibration) {
    if (calibration.publishedRevision() != null) {
      throw new StoreConflictException(
          StoreConflictException.Reason.FINISHED,
          "calibration '%s' is published as %s@%d: begin another one"
              .formatted(calibration.id(), calibration.set(), calibration.publishedRevision()));
    }
  }

  @Override
  public boolean delete(String id) {
    return transactions.write(() -> deleteThere(id));
  }

  private boolean deleteThere(String id) {
    Optional<Calibration> before = find(id);
    boolean deleted = client.sql("delete from calibrations where id = ?").param(id).update() > 0;
    if (deleted) {
      Calibration calibration = before.orElseThrow();
      audit.record(
          change(AuditedAction.CALIBRATION_DELETED, calibration).before(facts(calibration)));
    }
    return deleted;
  }
}
