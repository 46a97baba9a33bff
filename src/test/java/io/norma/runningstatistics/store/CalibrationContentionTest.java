package io.norma.runningstatistics.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.RunVariation;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.SplitHalves;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.CalibrationLayer;
import io.norma.runningstatistics.CalibrationStore;
import io.norma.runningstatistics.NewRevision;
import io.norma.runningstatistics.RevisionName;
import io.norma.serving.NetworkIdentity;
import io.norma.store.StoreConflictException;
import io.norma.store.TestDatabase;
import io.norma.store.Transactions;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Calibrations that are begun, fed, published, deleted and forgotten all at once: nobody hears of a
 * deadlock. {@code -Dnorma.test.seconds=60} for long.
 */
final class CalibrationContentionTest {
  private static final long SECONDS = Long.getLong("norma.test.seconds", 3);
  private static final int THREADS = 6;
  private static final VarianceConvention CONVENTION = VarianceConvention.UNBIASED;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void neverEndsInADeadlock(TestDatabase database) throws Exception {
    try (HikariDataSource dataSource = database.create(directory);
        ExecutorService executor = Executors.newFixedThreadPool(THREADS)) {
      Transactions transactions = new Transactions(dataSource);
      CalibrationStore store =
          new JdbcCalibrationStore(
              transactions, new CalibrationLimits(8, Duration.ofMillis(60)), Clock.systemUTC());
      Counts counts = new Counts();
      // Threads must have time to meet: this counts what happens in some seconds.
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
      List<Future<?>> running = new ArrayList<>();
      for (int k = 0; k < THREADS; k++) {
        SplittableRandom random = new SplittableRandom(k);
        running.add(
            executor.submit(() -> {
              while (System.nanoTime() < end) {
                once(store, transactions, random, counts);
              }
            }));
      }
      for (Future<?> each : running) {
        each.get();
      }
      System.out.printf("%s: %s in %d s%n", database, counts, SECONDS);
      assertThat(counts.published.get()).isPositive();
    }
  }

  private static void once(
      CalibrationStore store, Transactions transactions, SplittableRandom random, Counts counts) {
    NetworkIdentity network = new NetworkIdentity("m", 1 + random.nextInt(2), "a".repeat(64));
    try {
      String id =
          store
              .create(
                  network, "night", RevisionName.IMPORTED, Estimator.POOLED, CONVENTION, 2, "ann")
              .id();
      counts.begun.incrementAndGet();
      CalibrationStore.Merge merge = store.merge(id, 2, null, _ -> List.of(layer()));
      assertThat(merge.repeated()).isFalse();
      if (random.nextInt(4) == 0) {
        counts.deleted.addAndGet(store.delete(id) ? 1 : 0);
        return;
      }
      CalibrationStore.Publication published =
          store.publish(id, _ -> publish(transactions, network));
      assertThat(published.calibration().publishedRevision()).isNotNull();
      counts.published.incrementAndGet();
    } catch (StoreConflictException e) {
      // Forgotten meanwhile, or too many are open.
      assertThat(e.reason())
          .isIn(StoreConflictException.Reason.MISSING, StoreConflictException.Reason.TOO_MANY);
      counts.refused.incrementAndGet();
    }
  }

  private static int publish(Transactions transactions, NetworkIdentity network) {
    RunningStatistics statistics =
        new RunningStatistics(
            Map.of("bn", new ChannelStatistics(new float[] {1, 2}, new float[] {1, 2})));
    RevisionName name =
        new JdbcStatisticsStore(transactions, Clock.systemUTC())
            .add(network, "night", new NewRevision(statistics, "ann", "", 2L, CONVENTION), null)
            .name();
    return new JdbcActivations(transactions, Clock.systemUTC())
        .activate(network, name, "ann")
        .name()
        .revision();
  }

  private static CalibrationLayer layer() {
    return new CalibrationLayer(
        "bn",
        Estimator.POOLED.empty(2, CONVENTION),
        RunVariation.empty(2),
        SplitHalves.empty(2),
        0);
  }

  private static final class Counts {
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger published = new AtomicInteger();
    private final AtomicInteger deleted = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();

    @Override
    public String toString() {
      return "%d begun, %d published, %d deleted, %d refused"
          .formatted(begun.get(), published.get(), deleted.get(), refused.get());
    }
  }
}
