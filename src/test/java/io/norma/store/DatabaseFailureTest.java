package io.norma.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.NewRevision;
import io.norma.runningstatistics.RevisionMetadata;
import io.norma.runningstatistics.store.JdbcActivations;
import io.norma.runningstatistics.store.JdbcStatisticsStore;
import io.norma.serving.NetworkIdentity;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
final class DatabaseFailureTest {
  private static final NetworkIdentity NETWORK = new NetworkIdentity("m", 1, "a".repeat(64));

  private final String url;
  private final HikariDataSource dataSource;
  private final Transactions transactions;

  DatabaseFailureTest(TestDatabase database, @TempDir Path directory) {
    url = database.url(directory);
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(2);
    config.setConnectionTimeout(300);
    dataSource = new HikariDataSource(config);
    TestDatabase.schema(dataSource).load().migrate();
    transactions = new Transactions(dataSource);
  }

  @AfterEach
  void close() {
    dataSource.close();
  }

  @Test
  void isBusyWhenAllConnectionsAreInUse() throws Exception {
    try (Connection one = dataSource.getConnection();
        Connection other = dataSource.getConnection()) {
      assertThat(one).isNotSameAs(other);
      assertThat(DatabaseFailure.of(catchThrowable(() -> add("bn", "night"))))
          .isEqualTo(DatabaseFailure.BUSY);
      assertThat(
              DatabaseFailure.of(
                  catchThrowable(
                      () -> new JdbcActivations(transactions, Clock.systemUTC()).active(NETWORK))))
          .isEqualTo(DatabaseFailure.BUSY);
    }
  }

  @Test
  void isRefusedWhenTheDatabaseTakesNoSuchValue() {
    assertThat(DatabaseFailure.of(catchThrowable(() -> add("x".repeat(513), "night"))))
        .isEqualTo(DatabaseFailure.REFUSED);
    assertThat(
            DatabaseFailure.of(
                catchThrowable(
                    () -> transactions.client().sql("select nothing").query().listOfRows())))
        .isEqualTo(DatabaseFailure.REFUSED);
  }

  @Test
  void isNoAnswerWhenTheDatabaseIsNotThere() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl("jdbc:postgresql://127.0.0.1:1/none?user=none");
    config.setInitializationFailTimeout(-1);
    config.setConnectionTimeout(500);
    try (HikariDataSource none = new HikariDataSource(config)) {
      assertThat(
              DatabaseFailure.of(
                  catchThrowable(() -> {
                    try (Connection connection = none.getConnection()) {
                      assertThat(connection).isNotNull();
                    }
                  })))
          .isEqualTo(DatabaseFailure.NO_ANSWER);
    }
  }

  @Test
  void isNoAnswerWhenTheDatabaseGoesAway() throws Exception {
    add("bn", "night");
    String end =
        url.startsWith("jdbc:h2")
            ? "shutdown immediately"
            : "select pg_terminate_backend(pg_backend_pid())";
    Throwable failure =
        catchThrowable(() ->
            transactions.write(() -> {
              transactions.statements().execute(end);
              transactions.statements().execute("select 1");
              return end;
            }));
    assertThat(failure).isNotNull();
    assertThat(DatabaseFailure.of(failure)).isEqualTo(DatabaseFailure.NO_ANSWER);
  }

  /** Two that want what the other has: the one that is broken off begins anew. */
  @Test
  void isNoFailureWhenTwoChangesStandInEachOthersWay() throws Exception {
    add("bn", "one");
    add("bn", "other");
    CountDownLatch bothHaveTheirFirst = new CountDownLatch(2);
    try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
      Future<?> one = executor.submit(() -> both("one", "other", bothHaveTheirFirst));
      Future<?> other = executor.submit(() -> both("other", "one", bothHaveTheirFirst));
      one.get();
      other.get();
    }
    assertThat(
            transactions
                .client()
                .sql("select sum(newest_revision) from statistics_sets")
                .query(Long.class)
                .single())
        .isEqualTo(2 + 2 * 2);
  }

  private void both(String first, String second, CountDownLatch bothHaveTheirFirst) {
    int unused =
        transactions.write(() -> {
          int changed = increment(first);
          bothHaveTheirFirst.countDown();
          try {
            bothHaveTheirFirst.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return changed + increment(second);
        });
    assertThat(unused).isEqualTo(2);
  }

  private int increment(String set) {
    return transactions
        .client()
        .sql("update statistics_sets set newest_revision = newest_revision + 1 where name = ?")
        .param(set)
        .update();
  }

  private void add(String layer, String set) {
    RunningStatistics statistics =
        new RunningStatistics(Map.of(layer, new ChannelStatistics(new float[1], new float[1])));
    RevisionMetadata added =
        new JdbcStatisticsStore(transactions, Clock.systemUTC())
            .add(
                NETWORK,
                set,
                new NewRevision(statistics, "ann", "", null, VarianceConvention.UNBIASED),
                null);
    assertThat(added.name().revision()).isEqualTo(1);
  }
}
