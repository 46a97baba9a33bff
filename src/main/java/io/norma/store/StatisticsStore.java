package io.norma.store;

import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Statistics sets and their revisions. A revision never changes, and its number is never given
 * again, not even when it is deleted. {@link RevisionName#IMPORTED} is not here: it comes with the
 * model.
 */
public final class StatisticsStore {
  private static final String REVISION_COLUMNS =
      "s.name, r.revision, r.sha256, r.created_at, r.created_by, r.source, r.sample_count,"
          + " r.variance_convention, r.channels";
  private static final String REVISIONS_OF_MODEL =
      " from statistics_sets s join statistics_revisions r on r.set_id = s.id"
          + " where s.model = :model and s.version = :version";

  private final Transactions transactions;
  private final JdbcClient client;
  private final StatisticsLock lock;

  StatisticsStore(Transactions transactions) {
    this.transactions = transactions;
    client = transactions.client();
    lock = new StatisticsLock(transactions);
  }

  /**
   * Adds a revision to a set, which begins with it if there is none of that name.
   *
   * @param expectedNewest the revision that must be the set's newest for this one to be added, 0 if
   *     there must be none; {@code null} to add it in any case
   * @throws StoreConflictException if another is the newest
   */
  public RevisionMetadata add(
      ModelVersion model, String set, NewRevision revision, @Nullable Integer expectedNewest) {
    RevisionName.requireSet(set);
    lock.prepare(model);
    return transactions.writeAndAnnounce(() -> {
      lock.acquire(model);
      requireNewest(model, set, expectedNewest);
      return insert(model, set, revision);
    });
  }

  private void requireNewest(ModelVersion model, String set, @Nullable Integer expected) {
    if (expected == null) {
      return;
    }
    int newest =
        newest(model, set)
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

  private RevisionMetadata insert(ModelVersion model, String set, NewRevision revision) {
    int number = nextNumber(model, set);
    long setId = setId(model, set);
    Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
    RevisionMetadata metadata =
        new RevisionMetadata(
            new RevisionName(set, number),
            StatisticsBytes.sha256(revision.statistics()),
            now,
            revision.createdBy(),
            revision.source(),
            revision.sampleCount(),
            revision.varianceConvention(),
            revision.channels());
    client
        .sql(
            """
            insert into statistics_revisions
              (set_id, revision, sha256, created_at, created_by, source, sample_count,
               variance_convention, channels)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)
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
        .update();
    List<Object[]> layers = new ArrayList<>();
    for (Map.Entry<String, ChannelStatistics> layer : revision.statistics().layers().entrySet()) {
      layers.add(
          new Object[] {
            setId,
            number,
            layers.size(),
            layer.getKey(),
            StatisticsBytes.of(layer.getValue().mean()),
            StatisticsBytes.of(layer.getValue().variance())
          });
    }
    transactions
        .statements()
        .batchUpdate(
            """
            insert into statistics_layers (set_id, revision, position, layer, mean, variance)
            values (?, ?, ?, ?, ?, ?)
            """,
            layers);
    return metadata;
  }

  private int nextNumber(ModelVersion model, String set) {
    int updated =
        client
            .sql(
                """
                update statistics_sets set newest_revision = newest_revision + 1
                where model = ? and version = ? and name = ?
                """)
            .params(model.model(), model.version(), set)
            .update();
    int first = set.equals(RevisionName.IMPORTED.set()) ? RevisionName.IMPORTED.revision() + 1 : 1;
    if (updated == 0) {
      client
          .sql(
              """
              insert into statistics_sets (model, version, name, newest_revision)
              values (?, ?, ?, ?)
              """)
          .params(model.model(), model.version(), set, first)
          .update();
      return first;
    }
    return client
        .sql(
            """
            select newest_revision from statistics_sets
            where model = ? and version = ? and name = ?
            """)
        .params(model.model(), model.version(), set)
        .query(Integer.class)
        .single();
  }

  private long setId(ModelVersion model, String set) {
    return client
        .sql("select id from statistics_sets where model = ? and version = ? and name = ?")
        .params(model.model(), model.version(), set)
        .query(Long.class)
        .single();
  }

  /** One revision's metadata. */
  public Optional<RevisionMetadata> find(ModelVersion model, RevisionName name) {
    return query(model, " and s.name = :name and r.revision = :revision")
        .param("name", name.set())
        .param("revision", name.revision())
        .query((row, _) -> metadata(row))
        .optional();
  }

  /** The newest revision of a set that is still there. */
  public Optional<RevisionMetadata> newest(ModelVersion model, String set) {
    return query(model, " and s.name = :name order by r.revision desc fetch first 1 rows only")
        .param("name", set)
        .query((row, _) -> metadata(row))
        .optional();
  }

  /**
   * Revisions of a set, the newest first.
   *
   * @param before only those with a smaller number
   */
  public List<RevisionMetadata> revisions(ModelVersion model, String set, int before, int limit) {
    return query(
            model,
            " and s.name = :name and r.revision < :before order by r.revision desc"
                + " fetch first :limit rows only")
        .param("name", set)
        .param("before", before)
        .param("limit", limit)
        .query((row, _) -> metadata(row))
        .list();
  }

  /**
   * Sets that have a revision, by name.
   *
   * @param after only those that come after this name
   */
  public List<SetSummary> sets(ModelVersion model, String after, int limit) {
    return client
        .sql(
            "select "
                + REVISION_COLUMNS
                + ", c.revisions"
                + """
                 from statistics_sets s
                join (select set_id, max(revision) as newest, count(*) as revisions
                      from statistics_revisions group by set_id) c on c.set_id = s.id
                join statistics_revisions r on r.set_id = s.id and r.revision = c.newest
                where s.model = :model and s.version = :version and s.name > :after
                order by s.name fetch first :limit rows only
                """)
        .param("model", model.model())
        .param("version", model.version())
        .param("after", after)
        .param("limit", limit)
        .query((row, _) -> new SetSummary(metadata(row), row.getInt("revisions")))
        .list();
  }

  private JdbcClient.StatementSpec query(ModelVersion model, String condition) {
    return client
        .sql("select " + REVISION_COLUMNS + REVISIONS_OF_MODEL + condition)
        .param("model", model.model())
        .param("version", model.version());
  }

  private static RevisionMetadata metadata(ResultSet row) throws SQLException {
    long sampleCount = row.getLong("sample_count");
    boolean unknown = row.wasNull();
    return new RevisionMetadata(
        new RevisionName(row.getString("name"), row.getInt("revision")),
        row.getString("sha256"),
        row.getObject("created_at", OffsetDateTime.class).toInstant(),
        row.getString("created_by"),
        row.getString("source"),
        unknown ? null : sampleCount,
        VarianceConvention.valueOf(row.getString("variance_convention")),
        row.getLong("channels"));
  }

  /**
   * A revision's numbers.
   *
   * @throws IllegalStateException if they are not those that were stored
   */
  public Optional<RunningStatistics> load(ModelVersion model, RevisionName name) {
    Optional<RevisionMetadata> metadata = find(model, name);
    if (metadata.isEmpty()) {
      return Optional.empty();
    }
    LinkedHashMap<String, ChannelStatistics> layers = new LinkedHashMap<>();
    client
        .sql(
            """
            select l.layer, l.mean, l.variance
            from statistics_sets s join statistics_layers l on l.set_id = s.id
            where s.model = ? and s.version = ? and s.name = ? and l.revision = ?
            order by l.position
            """)
        .params(model.model(), model.version(), name.set(), name.revision())
        .query(row -> {
          layers.put(
              row.getString("layer"),
              new ChannelStatistics(
                  StatisticsBytes.toFloats(row.getBytes("mean")),
                  StatisticsBytes.toFloats(row.getBytes("variance"))));
        });
    if (layers.isEmpty() && metadata.get().channels() > 0) {
      // Deleted between the two statements.
      return Optional.empty();
    }
    RunningStatistics statistics = new RunningStatistics(layers);
    String sha256 = StatisticsBytes.sha256(statistics);
    if (!sha256.equals(metadata.get().sha256())) {
      throw new IllegalStateException(
          "running statistics %s of %s were stored with SHA-256 %s, but are read with %s: the"
                  .formatted(name, model, metadata.get().sha256(), sha256)
              + " database is damaged");
    }
    return Optional.of(statistics);
  }

  /**
   * Deletes a revision.
   *
   * @return whether it was there
   * @throws StoreConflictException if it is active
   */
  public boolean delete(ModelVersion model, RevisionName name) {
    return delete(model, name.set(), name.revision()) > 0;
  }

  /**
   * Deletes all revisions of a set.
   *
   * @return how many there were
   * @throws StoreConflictException if one of them is active
   */
  public int delete(ModelVersion model, String set) {
    return delete(model, set, null);
  }

  private int delete(ModelVersion model, String set, @Nullable Integer revision) {
    lock.prepare(model);
    return transactions.writeAndAnnounce(() -> {
      lock.acquire(model);
      RevisionName active = Activations.active(client, model);
      if (active.set().equals(set) && (revision == null || active.revision() == revision)) {
        throw new StoreConflictException(
            StoreConflictException.Reason.ACTIVE,
            "%s of model %s is active: activate another revision before deleting it"
                .formatted(active, model));
      }
      JdbcClient.StatementSpec deletion =
          client
              .sql(
                  """
                  delete from statistics_revisions where set_id in
                    (select id from statistics_sets
                     where model = :model and version = :version and name = :name)
                  """
                      + (revision == null ? "" : " and revision = :revision"))
              .param("model", model.model())
              .param("version", model.version())
              .param("name", set);
      return (revision == null ? deletion : deletion.param("revision", revision)).update();
    });
  }
}
