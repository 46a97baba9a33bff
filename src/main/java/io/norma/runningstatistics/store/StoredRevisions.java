package io.norma.runningstatistics.store;

import io.norma.kernel.statistics.AffineParameters;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.RevisionMetadata;
import io.norma.runningstatistics.RevisionName;
import io.norma.runningstatistics.SetSummary;
import io.norma.runningstatistics.certificate.Certificate;
import io.norma.serving.NetworkIdentity;
import io.norma.store.Networks;
import io.norma.store.StatisticsBytes;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Reads the sets of running statistics and their revisions. */
final class StoredRevisions {
  private static final String REVISION_COLUMNS =
      "s.name, r.revision, r.sha256, r.created_at, r.created_by, r.source, r.sample_count,"
          + " r.variance_convention, r.channels, r.certificate";
  private static final String REVISIONS_OF_NETWORK =
      " from networks n join statistics_sets s on s.network_id = n.id"
          + " join statistics_revisions r on r.set_id = s.id where"
          + Networks.IS_NETWORK;

  private final JdbcClient client;

  StoredRevisions(JdbcClient client) {
    this.client = client;
  }

  List<NetworkIdentity> othersWithSets(NetworkIdentity network) {
    return Networks.of(
            client,
            network,
            """
            select distinct n.sha256
            from networks n join statistics_sets s on s.network_id = n.id
            join statistics_revisions r on r.set_id = s.id
            where n.model = :model and n.version = :version and n.sha256 <> :sha256
            order by n.sha256 fetch first 10 rows only
            """)
        .query(
            (row, _) -> new NetworkIdentity(network.model(), network.version(), row.getString(1)))
        .list();
  }

  Optional<RevisionMetadata> find(NetworkIdentity network, RevisionName name) {
    return query(network, " and s.name = :name and r.revision = :revision")
        .param("name", name.set())
        .param("revision", name.revision())
        .query((row, _) -> metadata(network, row))
        .optional();
  }

  Optional<RevisionMetadata> newest(NetworkIdentity network, String set) {
    return query(network, " and s.name = :name order by r.revision desc fetch first 1 rows only")
        .param("name", set)
        .query((row, _) -> metadata(network, row))
        .optional();
  }

  List<RevisionMetadata> revisions(NetworkIdentity network, String set, int before, int limit) {
    return query(
            network,
            " and s.name = :name and r.revision < :before order by r.revision desc"
                + " fetch first :limit rows only")
        .param("name", set)
        .param("before", before)
        .param("limit", limit)
        .query((row, _) -> metadata(network, row))
        .list();
  }

  List<SetSummary> sets(NetworkIdentity network, String after, int limit) {
    return Networks.of(
            client,
            network,
            "select "
                + REVISION_COLUMNS
                + ", c.revisions"
                + """
                 from networks n join statistics_sets s on s.network_id = n.id
                join (select set_id, max(revision) as newest, count(*) as revisions
                      from statistics_revisions group by set_id) c on c.set_id = s.id
                join statistics_revisions r on r.set_id = s.id and r.revision = c.newest
                where s.name > :after and
                """
                + Networks.IS_NETWORK
                + "order by s.name fetch first :limit rows only")
        .param("after", after)
        .param("limit", limit)
        .query((row, _) -> new SetSummary(metadata(network, row), row.getInt("revisions")))
        .list();
  }

  private JdbcClient.StatementSpec query(NetworkIdentity network, String condition) {
    return Networks.of(
        client, network, "select " + REVISION_COLUMNS + REVISIONS_OF_NETWORK + condition);
  }

  private static RevisionMetadata metadata(NetworkIdentity network, ResultSet row)
      throws SQLException {
    long sampleCount = row.getLong("sample_count");
    boolean unknown = row.wasNull();
    return new RevisionMetadata(
        network,
        new RevisionName(row.getString("name"), row.getInt("revision")),
        row.getString("sha256"),
        row.getObject("created_at", OffsetDateTime.class).toInstant(),
        row.getString("created_by"),
        row.getString("source"),
        unknown ? null : sampleCount,
        VarianceConvention.valueOf(row.getString("variance_convention")),
        row.getLong("channels"),
        StoredJson.read(row.getString("certificate"), Certificate.class));
  }

  Optional<RunningStatistics> load(NetworkIdentity network, RevisionName name) {
    Optional<RevisionMetadata> metadata = find(network, name);
    if (metadata.isEmpty()) {
      return Optional.empty();
    }
    LinkedHashMap<String, ChannelStatistics> layers = new LinkedHashMap<>();
    Networks.of(
            client,
            network,
            """
            select l.layer, l.mean, l.variance, l.gamma, l.beta
            from networks n join statistics_sets s on s.network_id = n.id
            join statistics_layers l on l.set_id = s.id
            where s.name = :name and l.revision = :revision and
            """
                + Networks.IS_NETWORK
                + "order by l.position")
        .param("name", name.set())
        .param("revision", name.revision())
        .query(row -> {
          layers.put(
              row.getString("layer"),
              new ChannelStatistics(
                  StatisticsBytes.toFloats(row.getBytes("mean")),
                  StatisticsBytes.toFloats(row.getBytes("variance")),
                  affine(row)));
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
                  .formatted(name, network, metadata.get().sha256(), sha256)
              + " database is damaged");
    }
    return Optional.of(statistics);
  }

  private static @Nullable AffineParameters affine(ResultSet row) throws SQLException {
    byte[] gamma = row.getBytes("gamma");
    byte[] beta = row.getBytes("beta");
    return gamma == null || beta == null
        ? null
        : new AffineParameters(StatisticsBytes.toFloats(gamma), StatisticsBytes.toFloats(beta));
  }
}
