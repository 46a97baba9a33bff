package io.norma.runningstatistics.store;

import io.norma.runningstatistics.Activation;
import io.norma.runningstatistics.Activations;
import io.norma.runningstatistics.RevisionName;
import io.norma.runningstatistics.TrafficSplit;
import io.norma.runningstatistics.TrafficSplit.Share;
import io.norma.runningstatistics.certificate.Certificate;
import io.norma.serving.AuditedAction;
import io.norma.serving.AuditedChange;
import io.norma.serving.NetworkIdentity;
import io.norma.store.AuditTrail;
import io.norma.store.Networks;
import io.norma.store.StoreConflictException;
import io.norma.store.Transactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.stereotype.Component;

/** As {@link Activations} says, through JDBC. */
@Component
public final class JdbcActivations implements Activations {
  private static final String COLUMNS =
      "a.id, a.set_name, a.revision, a.shares, a.activated_at, a.activated_by, a.is_rollback,"
          + " a.rolls_back_to, a.certificate, a.reason";
  private static final TrafficSplit IMPORTED = TrafficSplit.whole(RevisionName.IMPORTED);
  private static final String FROM_NETWORK =
      " from networks n join statistics_activations a on a.network_id = n.id where"
          + Networks.IS_NETWORK;

  private final Transactions transactions;
  private final JdbcClient client;
  private final Networks networks;
  private final AuditTrail audit;
  private final Clock clock;

  public JdbcActivations(Transactions transactions, Clock clock) {
    this.transactions = transactions;
    this.clock = clock;
    client = transactions.client();
    networks = new Networks(transactions, clock);
    audit = new AuditTrail(transactions, clock);
  }

  @Override
  public TrafficSplit active(NetworkIdentity network) {
    return active(client, network);
  }

  @Override
  public Optional<Activation> latest(NetworkIdentity network) {
    return last(client, network).map(Row::activation);
  }

  static TrafficSplit active(JdbcClient client, NetworkIdentity network) {
    return last(client, network).map(row -> row.activation().split()).orElse(IMPORTED);
  }

  @Override
  public Activation activate(
      NetworkIdentity network, TrafficSplit split, String by, @Nullable String reason) {
    return transactions.writeAndAnnounce(() -> {
      long id = networks.lock(network);
      split
          .names()
          .filter(name -> !isThere(network, name))
          .findFirst()
          .ifPresent(name -> {
            throw new StoreConflictException(
                StoreConflictException.Reason.MISSING,
                "model %s has no running statistics '%s'".formatted(network.name(), name));
          });
      Optional<Row> current = last(client, network);
      record(
          split.isWhole() ? AuditedAction.ACTIVATED : AuditedAction.SPLIT,
          network,
          current.map(row -> row.activation().split()).orElse(IMPORTED),
          split,
          reason);
      Long currentId = current.map(row -> row.activation().id()).orElse(null);
      return insert(id, split, by, reason, false, currentId);
    });
  }

  @Override
  public Activation rollback(NetworkIdentity network, String by, @Nullable String reason) {
    return transactions.writeAndAnnounce(() -> {
      long id = networks.lock(network);
      Row current =
          last(client, network)
              .filter(row ->
                  row.rollsBackTo() != null
                      || !row.activation().isRollback()
                      || !row.activation().split().equals(IMPORTED))
              .orElseThrow(() ->
                  new StoreConflictException(
                      StoreConflictException.Reason.FINISHED,
                      "model %s has no earlier activation to roll back to"
                          .formatted(network.name())));
      Row earlier = before(current);
      while (earlier != null && !isThere(network, earlier.activation().split())) {
        earlier = before(earlier);
      }
      TrafficSplit split = earlier == null ? IMPORTED : earlier.activation().split();
      record(AuditedAction.ROLLED_BACK, network, current.activation().split(), split, reason);
      return insert(id, split, by, reason, true, earlier == null ? null : earlier.rollsBackTo());
    });
  }

  private void record(
      AuditedAction action,
      NetworkIdentity network,
      TrafficSplit before,
      TrafficSplit after,
      @Nullable String reason) {
    audit.record(
        AuditedChange.of(action, network)
            .subject(after.primary().set())
            .reason(reason)
            .before(facts(network, before))
            .after(facts(network, after)));
  }

  private Map<String, Object> facts(NetworkIdentity network, TrafficSplit split) {
    return split.isWhole()
        ? facts(network, split.primary())
        : AuditedChange.facts(
            "split",
            split.shares().stream()
                .map(share -> {
                  Map<String, Object> facts = facts(network, share.name());
                  facts.put("weight", share.percent());
                  return facts;
                })
                .toList());
  }

  private Map<String, Object> facts(NetworkIdentity network, RevisionName name) {
    return AuditedChange.facts(
        "running_statistics", name.toString(), "sha256", sha256(network, name).orElse(null));
  }

  /** None of the revision that came with the model. */
  private Optional<String> sha256(NetworkIdentity network, RevisionName name) {
    return Networks.of(
            client,
            network,
            """
            select r.sha256
            from networks n join statistics_sets s on s.network_id = n.id
            join statistics_revisions r on r.set_id = s.id
            where s.name = :name and r.revision = :revision and
            """
                + Networks.IS_NETWORK)
        .param("name", name.set())
        .param("revision", name.revision())
        .query(String.class)
        .optional();
  }

  private @Nullable Row before(Row row) {
    return row.rollsBackTo() == null ? null : byId(row.rollsBackTo());
  }

  @Override
  public List<Activation> history(NetworkIdentity network, long before, int limit) {
    return Networks.of(
            client,
            network,
            "select "
                + COLUMNS
                + FROM_NETWORK
                + " and a.id < :before order by a.id desc fetch first :limit rows only")
        .param("before", before)
        .param("limit", limit)
        .query((row, _) -> row(row).activation())
        .list();
  }

  private boolean isThere(NetworkIdentity network, TrafficSplit split) {
    return split.names().allMatch(name -> isThere(network, name));
  }

  private boolean isThere(NetworkIdentity network, RevisionName name) {
    return name.equals(RevisionName.IMPORTED) || sha256(network, name).isPresent();
  }

  private Activation insert(
      long network,
      TrafficSplit split,
      String by,
      @Nullable String reason,
      boolean isRollback,
      @Nullable Long rollsBackTo) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    String certificate = certificate(network, split.primary());
    GeneratedKeyHolder id = new GeneratedKeyHolder();
    client
        .sql(
            """
            insert into statistics_activations
              (network_id, set_name, revision, shares, activated_at, activated_by, is_rollback,
               rolls_back_to, certificate, reason)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        .param(network)
        .param(split.primary().set())
        .param(split.primary().revision())
        .param(split.isWhole() ? null : written(split))
        .param(now.atOffset(ZoneOffset.UTC))
        .param(by)
        .param(isRollback)
        .param(rollsBackTo)
        .param(certificate)
        .param(reason)
        .update(id, "id");
    return new Activation(
        Objects.requireNonNull(id.getKey()).longValue(),
        split,
        now,
        by,
        isRollback,
        StoredJson.read(certificate, Certificate.class),
        reason);
  }

  private @Nullable String certificate(long network, RevisionName name) {
    return client
        .sql(
            """
            select r.certificate
            from statistics_sets s join statistics_revisions r on r.set_id = s.id
            where s.network_id = ? and s.name = ? and r.revision = ?
            """)
        .params(network, name.set(), name.revision())
        .query((row, _) -> Optional.ofNullable(row.getString(1)))
        .optional()
        .flatMap(found -> found)
        .orElse(null);
  }

  private static Optional<Row> last(JdbcClient client, NetworkIdentity network) {
    return Networks.of(
            client,
            network,
            "select " + COLUMNS + FROM_NETWORK + "order by a.id desc fetch first 1 rows only")
        .query((row, _) -> row(row))
        .optional();
  }

  private Row byId(long id) {
    return client
        .sql("select " + COLUMNS + " from statistics_activations a where a.id = ?")
        .param(id)
        .query((row, _) -> row(row))
        .single();
  }

  private static Row row(ResultSet row) throws SQLException {
    long rollsBackTo = row.getLong("rolls_back_to");
    boolean none = row.wasNull();
    return new Row(
        new Activation(
            row.getLong("id"),
            split(row),
            row.getObject("activated_at", OffsetDateTime.class).toInstant(),
            row.getString("activated_by"),
            row.getBoolean("is_rollback"),
            StoredJson.read(row.getString("certificate"), Certificate.class),
            row.getString("reason")),
        none ? null : rollsBackTo);
  }

  private static TrafficSplit split(ResultSet row) throws SQLException {
    String shares = row.getString("shares");
    return shares == null
        ? TrafficSplit.whole(new RevisionName(row.getString("set_name"), row.getInt("revision")))
        : new TrafficSplit(
            Arrays.stream(shares.split(",", -1))
                .map(share -> share.split(" ", -1))
                .map(share -> new Share(RevisionName.parse(share[0]), Integer.parseInt(share[1])))
                .toList());
  }

  /** No name of a set has a comma or a space. */
  private static String written(TrafficSplit split) {
    return split.shares().stream()
        .map(share -> share.name() + " " + share.millionths())
        .collect(Collectors.joining(","));
  }

  /**
   * An activation and the one before it, in the sense of undoing.
   *
   * @param rollsBackTo absent: to what came with the model
   */
  private record Row(Activation activation, @Nullable Long rollsBackTo) {}
}
