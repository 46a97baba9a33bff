package io.norma.runningstatistics.store;

import io.norma.kernel.statistics.AffineParameters;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.runningstatistics.ExpectedNewest;
import io.norma.runningstatistics.NewRevision;
import io.norma.runningstatistics.RevisionMetadata;
import io.norma.runningstatistics.RevisionName;
import io.norma.runningstatistics.RunningStatisticsSettings;
import io.norma.runningstatistics.SetSummary;
import io.norma.runningstatistics.StatisticsStore;
import io.norma.runningstatistics.TrafficSplit;
import io.norma.serving.AuditedAction;
import io.norma.serving.AuditedChange;
import io.norma.serving.NetworkIdentity;
import io.norma.store.AuditTrail;
import io.norma.store.Networks;
import io.norma.store.StatisticsBytes;
import io.norma.store.StoreConflictException;
import io.norma.store.Transactions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** As {@link StatisticsStore} says, through JDBC. */
@Component
public final class JdbcStatisticsStore implements StatisticsStore {
  private final Transactions transactions;
  private final JdbcClient client;
  private final StoredRevisions stored;
  private final Networks networks;
  private final AuditTrail audit;
  private final Clock clock;
  private final int maxSets;
  private final int maxRevisions;

  /** A store that takes any number of sets and revisions. */
  public JdbcStatisticsStore(Transactions transactions, Clock clock) {
    this(transactions, clock, Integer.MAX_VALUE, Integer.MAX_VALUE);
  }

  @Autowired
  JdbcStatisticsStore(Transactions transactions, Clock clock, RunningStatisticsSettings limits) {
    this(transactions, clock, limits.maxSets(), limits.maxRevisions());
  }

  private JdbcStatisticsStore(
      Transactions transactions, Clock clock, int maxSets, int maxRevisions) {
    this.maxSets = maxSets;
    this.maxRevisions = maxRevisions;
    this.transactions = transactions;
    this.clock = clock;
    client = transactions.client();
    stored = new StoredRevisions(client);
    networks = new Networks(transactions, clock);
    audit = new AuditTrail(transactions, clock);
  }

  @Override
  public RevisionMetadata add(
      NetworkIdentity network,
      String set,
      NewRevision revision,
      @Nullable ExpectedNewest expected) {
    RevisionName.requireSet(set);
    return transactions.writeAndAnnounce(() -> {
      long id = networks.lock(network);
      requireNewest(network, set, expected);
      requireRoom(id, set);
      Optional<RevisionMetadata> before = newest(network, set);
      RevisionMetadata added = insert(network, id, set, revision);
      audit.record(
          AuditedChange.of(
                  before.isEmpty() ? AuditedAction.SET_CREATED : AuditedAction.REVISION_ADDED,
                  network)
              .subject(set)
              .before(before.map(JdbcStatisticsStore::facts).orElse(Map.of()))
              .after(facts(added)));
      return added;
    });
  }

  private static Map<String, Object> facts(RevisionMetadata revision) {
    return AuditedChange.facts(
        "running_statistics", revision.name().toString(), "sha256", revision.sha256());
  }

  private void requireNewest(
      NetworkIdentity network, String set, @Nullable ExpectedNewest expectation) {
    if (expectation == null) {
      return;
    }
    if (expectation.network() != null && !network.sha256().startsWith(expectation.network())) {
      throw new StoreConflictException(
          StoreConflictException.Reason.STALE,
          "set '%s' was expected of the network with SHA-256 %s…, but what is served has %s"
              .formatted(set, expectation.network(), network.sha256()));
    }
    int expected = expectation.revision();
    int newest =
        newest(network, set)
            .map(metadata -> metadata.name().revision())
            .orElse(set.equals(RevisionName.IMPORTED.set()) ? 1 : 0);
    if (newest != expected) {
      throw new StoreConflictException(
          StoreConflictException.Reason.STALE,
          newest == 0
              ? "set '%s' was expected at revision %d, but is not there".formatted(set, expected)
              : "set '%s' was expected %s, but is at revision %d"
                  .formatted(
                      set, expected == 0 ? "not to be there" : "at revision " + expected, newest));
    }
  }

  private void requireRoom(long network, String set) {
    int revisions =
        count(
            """
            select count(*) from statistics_sets s
            join statistics_revisions r on r.set_id = s.id
            where s.network_id = ? and s.name = ?
            """,
            network,
            set);
    if (revisions >= maxRevisions) {
      throw tooMany(
          "set '%s' has %d revisions, as many as norma.running-statistics.max-revisions allows; delete some first"
              .formatted(set, revisions));
    }
    int sets =
        revisions > 0
            ? 0
            : count(
                """
                select count(distinct s.id) from statistics_sets s
                join statistics_revisions r on r.set_id = s.id
                where s.network_id = ?
                """,
                network);
    if (sets >= maxSets) {
      throw tooMany(
          "the model version has %d sets, as many as norma.running-statistics.max-sets allows; delete some first"
              .formatted(sets));
    }
  }

  private int count(String query, Object... parameters) {
    return client.sql(query).params(parameters).query(Integer.class).single();
  }

  private static StoreConflictException tooMany(String message) {
    return new StoreConflictException(StoreConflictException.Reason.TOO_MANY, message);
  }

  private RevisionMetadata insert(
      NetworkIdentity network, long networkId, String set, NewRevision revision) {
    int number = nextNumber(networkId, set);
    long setId = setId(networkId, set);
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    RevisionMetadata metadata =
        new RevisionMetadata(
            network,
            new RevisionName(set, number),
            StatisticsBytes.sha256(revision.statistics()),
            now,
            revision.createdBy(),
            revision.source(),
            revision.sampleCount(),
            revision.varianceConvention(),
            revision.channels(),
            revision.certificate());
    client
        .sql(
            """
            insert into statistics_revisions
              (set_id, revision, sha256, created_at, created_by, source, sample_count,
               variance_convention, channels, certificate)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        .param(setId)
        .param(number)
        .param(metadata.sha256())
        .param(now.atOffset(ZoneOffset.UTC))
        .param(metadata.createdBy())
        .param(metadata.source())
        .param(metadata.sampleCount())
        .param(metadata.varianceConvention().name())
        .param(metadata.channels())
        .param(metadata.certificate() == null ? null : StoredJson.write(metadata.certificate()))
        .update();
    List<@Nullable Object[]> layers = new ArrayList<>();
    for (Map.Entry<String, ChannelStatistics> layer : revision.statistics().layers().entrySet()) {
      AffineParameters affine = layer.getValue().affine();
      layers.add(
          new @Nullable Object[] {
            setId,
            number,
            layers.size(),
            layer.getKey(),
            StatisticsBytes.of(layer.getValue().mean()),
            StatisticsBytes.of(layer.getValue().variance()),
            affine == null ? null : StatisticsBytes.of(affine.gamma()),
            affine == null ? null : StatisticsBytes.of(affine.beta())
          });
    }
    transactions
        .statements()
        .batchUpdate(
            """
            insert into statistics_layers
              (set_id, revision, position, layer, mean, variance, gamma, beta)
            values (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            layers);
    return metadata;
  }

  private int nextNumber(long network, String set) {
    int updated =
        client
            .sql(
                """
                update statistics_sets set newest_revision = newest_revision + 1
                where network_id = ? and name = ?
                """)
            .params(network, set)
            .update();
    int first = set.equals(RevisionName.IMPORTED.set()) ? RevisionName.IMPORTED.revision() + 1 : 1;
    if (updated == 0) {
      client
          .sql(
              """
              insert into statistics_sets (network_id, name, newest_revision)
              values (?, ?, ?)
              """)
          .params(network, set, first)
          .update();
      return first;
    }
    return client
        .sql(
            """
            select newest_revision from statistics_sets where network_id = ? and name = ?
            """)
        .params(network, set)
        .query(Integer.class)
        .single();
  }

  private long setId(long network, String set) {
    return client
        .sql("select id from statistics_sets where network_id = ? and name = ?")
        .params(network, set)
        .query(Long.class)
        .single();
  }

  @Override
  public List<NetworkIdentity> othersWithSets(NetworkIdentity network) {
    return stored.othersWithSets(network);
  }

  @Override
  public Optional<RevisionMetadata> find(NetworkIdentity network, RevisionName name) {
    return stored.find(network, name);
  }

  @Override
  public Optional<RevisionMetadata> newest(NetworkIdentity network, String set) {
    return stored.newest(network, set);
  }

  @Override
  public List<RevisionMetadata> revisions(
      NetworkIdentity network, String set, int before, int limit) {
    return stored.revisions(network, set, before, limit);
  }

  @Override
  public List<SetSummary> sets(NetworkIdentity network, String after, int limit) {
    return stored.sets(network, after, limit);
  }

  @Override
  public Optional<RunningStatistics> load(NetworkIdentity network, RevisionName name) {
    return stored.load(network, name);
  }

  @Override
  public boolean delete(NetworkIdentity network, RevisionName name) {
    return delete(network, name.set(), name.revision()) > 0;
  }

  @Override
  public int delete(NetworkIdentity network, String set) {
    return delete(network, set, null);
  }

  private int delete(NetworkIdentity network, String set, @Nullable Integer revision) {
    return transactions.writeAndAnnounce(() -> {
      long id = networks.lock(network);
      TrafficSplit active = JdbcActivations.active(client, network);
      active
          .names()
          .filter(name -> name.set().equals(set))
          .filter(name -> revision == null || name.revision() == revision)
          .findFirst()
          .ifPresent(name -> {
            throw new StoreConflictException(
                StoreConflictException.Reason.ACTIVE,
                "%s of model %s %s: activate another revision before deleting it"
                    .formatted(
                        name,
                        network.name(),
                        active.isWhole() ? "is active" : "has a share of the requests"));
          });
      JdbcClient.StatementSpec deletion =
          client
              .sql(
                  """
                  delete from statistics_revisions where set_id in
                    (select id from statistics_sets where network_id = :network and name = :name)
                  """
                      + (revision == null ? "" : " and revision = :revision"))
              .param("network", id)
              .param("name", set);
      Optional<RevisionMetadata> last =
          revision == null ? newest(network, set) : find(network, new RevisionName(set, revision));
      int deleted = (revision == null ? deletion : deletion.param("revision", revision)).update();
      if (deleted > 0) {
        recordDeletion(network, last.orElseThrow(), revision == null ? deleted : null);
      }
      return deleted;
    });
  }

  /**
   * Records a deletion.
   *
   * @param last the revision, or the newest of the set
   * @param revisions of the whole set
   */
  private void recordDeletion(
      NetworkIdentity network, RevisionMetadata last, @Nullable Integer revisions) {
    Map<String, Object> before = facts(last);
    if (revisions != null) {
      before.put("revisions", revisions);
    }
    audit.record(
        AuditedChange.of(
                revisions == null ? AuditedAction.REVISION_DELETED : AuditedAction.SET_DELETED,
                network)
            .subject(last.name().set())
            .before(before));
  }
}
