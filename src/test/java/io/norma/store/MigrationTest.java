package io.norma.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.runningstatistics.Calibration;
import io.norma.runningstatistics.RevisionName;
import io.norma.runningstatistics.StatisticsStore;
import io.norma.runningstatistics.store.CalibrationLimits;
import io.norma.runningstatistics.store.JdbcActivations;
import io.norma.runningstatistics.store.JdbcCalibrationStore;
import io.norma.runningstatistics.store.JdbcStatisticsStore;
import io.norma.serving.NetworkIdentity;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What programs before stored is there after the schema has changed, and belongs to a network. */
final class MigrationTest {
  private static final String UPLOADED = "a".repeat(64);
  private static final RunningStatistics STATISTICS =
      new RunningStatistics(
          Map.of("bn", new ChannelStatistics(new float[] {3, 4}, new float[] {1, 2})));

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void keepsWhatHungOnAName(TestDatabase database) {
    try (HikariDataSource dataSource = TestDatabase.connect(database.url(directory))) {
      TestDatabase.schema(dataSource).target("4").load().migrate();
      JdbcClient client = JdbcClient.create(dataSource);
      client
          .sql("insert into uploaded_models values ('up', 1, ?, 0, current_timestamp, 'ann')")
          .param(UPLOADED)
          .update();
      insert(client, "up", "night");
      insert(client, "folder", "night");
      TestDatabase.schema(dataSource).load().migrate();

      Transactions transactions = new Transactions(dataSource);
      Networks networks = new Networks(transactions, Clock.systemUTC());
      NetworkIdentity uploaded = new NetworkIdentity("up", 1, UPLOADED);
      requireAll(transactions, uploaded);
      assertThat(networks.unidentified(uploaded.name())).isEmpty();

      NetworkIdentity folder = new NetworkIdentity("folder", 1, "b".repeat(64));
      assertThat(networks.unidentified(folder.name())).isPresent();
      assertThat(networks.identify(folder)).isTrue();
      requireAll(transactions, folder);
      assertThat(networks.unidentified(folder.name())).isEmpty();
      NetworkIdentity other = new NetworkIdentity("folder", 1, "c".repeat(64));
      assertThat(networks.identify(other)).isFalse();
      assertThat(new JdbcStatisticsStore(transactions, Clock.systemUTC()).othersWithSets(other))
          .containsExactly(folder);
    }
  }

  private static void insert(JdbcClient client, String model, String set) {
    client
        .sql(
            "insert into statistics_sets (model, version, name, newest_revision) values (?, 1, ?,"
                + " 1)")
        .params(model, set)
        .update();
    long id =
        client
            .sql("select id from statistics_sets where model = ?")
            .param(model)
            .query(Long.class)
            .single();
    client
        .sql(
            """
            insert into statistics_revisions values
              (?, 1, ?, current_timestamp, 'ann', 'test', null, 'UNBIASED', 2)
            """)
        .params(id, StatisticsBytes.sha256(STATISTICS))
        .update();
    ChannelStatistics layer = STATISTICS.layer("bn");
    client
        .sql("insert into statistics_layers values (?, 1, 0, 'bn', ?, ?)")
        .params(id, StatisticsBytes.of(layer.mean()), StatisticsBytes.of(layer.variance()))
        .update();
    client
        .sql(
            """
            insert into statistics_activations
              (model, version, set_name, revision, activated_at, activated_by, is_rollback)
            values (?, 1, ?, 1, current_timestamp, 'ann', false)
            """)
        .params(model, set)
        .update();
    client
        .sql(
            """
            insert into calibrations
              (id, model, version, set_name, estimator, variance_convention, minimum_samples,
               created_at, created_by, batches, samples, touched_at)
            values (?, ?, 1, ?, 'POOLED', 'UNBIASED', 2, current_timestamp, 'ann', 0, 0,
              current_timestamp)
            """)
        .params("of " + model, model, set)
        .update();
  }

  private static void requireAll(Transactions transactions, NetworkIdentity network) {
    RevisionName night = new RevisionName("night", 1);
    StatisticsStore sets = new JdbcStatisticsStore(transactions, Clock.systemUTC());
    assertThat(sets.load(network, night)).contains(STATISTICS);
    assertThat(new JdbcActivations(transactions, Clock.systemUTC()).active(network).primary())
        .isEqualTo(night);
    assertThat(
            new JdbcCalibrationStore(
                    transactions, new CalibrationLimits(16, Duration.ofDays(7)), Clock.systemUTC())
                .list(network, null, 10))
        .extracting(Calibration::id)
        .containsExactly("of " + network.model());
  }
}
