package io.norma.runningstatistics.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.Estimator;
import io.norma.kernel.statistics.MeanOfBatchesEstimate;
import io.norma.kernel.statistics.PooledEstimate;
import io.norma.kernel.statistics.RunVariation;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.SplitHalves;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.runningstatistics.Calibration;
import io.norma.runningstatistics.CalibrationLayer;
import io.norma.runningstatistics.CalibrationStore;
import io.norma.runningstatistics.NewRevision;
import io.norma.runningstatistics.RevisionName;
import io.norma.runningstatistics.StatisticsStore;
import io.norma.scheduling.SettableClock;
import io.norma.serving.NetworkIdentity;
import io.norma.store.KeyedChange;
import io.norma.store.StoreConflictException;
import io.norma.store.TestDatabase;
import io.norma.store.Transactions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
final class JdbcCalibrationStoreTest {
  private static final NetworkIdentity MODEL = new NetworkIdentity("digits", 1, "a".repeat(64));
  private static final VarianceConvention CONVENTION = VarianceConvention.UNBIASED;

  private static final CalibrationLimits LIMITS = new CalibrationLimits(3, Duration.ofDays(7));

  private final SettableClock clock = new SettableClock();
  private final HikariDataSource dataSource;
  private final Transactions transactions;
  private final JdbcCalibrationStore store;
  private final StatisticsStore statistics;

  JdbcCalibrationStoreTest(TestDatabase database, @TempDir Path directory) {
    dataSource = database.create(directory);
    transactions = new Transactions(dataSource);
    store = new JdbcCalibrationStore(transactions, LIMITS, clock);
    statistics = new JdbcStatisticsStore(transactions, clock);
  }

  @AfterEach
  void close() {
    dataSource.close();
  }

  @Test
  void refusesMoreOpenOnesThanAllowedUntilOneIsPublishedOrDeleted() {
    String first = begin(store).id();
    begin(store);
    begin(store);

    assertThatThrownBy(() -> begin(store))
        .isInstanceOfSatisfying(
            StoreConflictException.class,
            e -> assertThat(e.reason()).isEqualTo(StoreConflictException.Reason.TOO_MANY))
        .hasMessageContaining("3 open calibrations")
        .hasMessageContaining("norma.calibration.max-open");
    store.create(
        new NetworkIdentity("digits", 1, "b".repeat(64)),
        "night",
        RevisionName.IMPORTED,
        Estimator.POOLED,
        CONVENTION,
        2,
        "another network");

    store.merge(first, 4, null, before -> withBatch(before, Estimator.POOLED, 1));
    store.publish(first, _ -> 1);
    String fourth = begin(store).id();
    assertThatThrownBy(() -> begin(store)).isInstanceOf(StoreConflictException.class);
    store.delete(fourth);
    begin(store);
  }

  @Test
  void deletesWhatNobodyGoesOnWithWhenAnotherBegins() {
    String abandoned = begin(store).id();
    String goingOn = begin(store).id();
    clock.advance(Duration.ofDays(1));
    store.merge(abandoned, 4, null, before -> withBatch(before, Estimator.POOLED, 1));
    clock.advance(LIMITS.expireAfter());
    store.merge(goingOn, 4, null, before -> withBatch(before, Estimator.POOLED, 1));
    store.delete(begin(store).id());
    assertThat(store.find(abandoned)).as("no longer than allowed").isPresent();

    clock.advance(Duration.ofMillis(1));
    begin(store);
    assertThat(store.find(abandoned)).isEmpty();
    assertThat(store.find(goingOn)).isPresent();
  }

  @Test
  void knowsAKeyForADay() {
    String id = begin(store).id();
    KeyedChange first = new KeyedChange("first", "1".repeat(64));
    KeyedChange second = new KeyedChange("second", "2".repeat(64));
    store.merge(id, 4, first, before -> withBatch(before, Estimator.POOLED, 1));
    clock.advance(KeyedChange.KEPT);
    store.merge(id, 4, second, before -> withBatch(before, Estimator.POOLED, 2));
    assertThat(store.isKnown(id, first)).isTrue();

    clock.advance(Duration.ofMillis(1));
    KeyedChange third = new KeyedChange("third", "3".repeat(64));
    store.merge(id, 4, third, before -> withBatch(before, Estimator.POOLED, 3));
    assertThat(store.isKnown(id, first)).isFalse();
    assertThat(store.isKnown(id, second)).isTrue();
  }

  private static Calibration begin(JdbcCalibrationStore store) {
    return store.create(
        MODEL, "night", RevisionName.IMPORTED, Estimator.POOLED, CONVENTION, 2, "ann");
  }

  @ParameterizedTest
  @EnumSource
  void keepsWhatTheBatchesComeTo(Estimator estimator) {
    String id =
        store.create(MODEL, "night", RevisionName.IMPORTED, estimator, CONVENTION, 2, "ann").id();
    List<CalibrationLayer> first = withBatch(List.of(), estimator, 1);
    List<CalibrationLayer> second = withBatch(first, estimator, 2);

    store.merge(id, 4, null, _ -> first);
    Calibration calibration =
        store.merge(id, 4, null, before -> withBatch(before, estimator, 2)).calibration();

    assertThat(calibration.batches()).isEqualTo(2);
    assertThat(calibration.samples()).isEqualTo(8);
    CalibrationLayer layer = store.layers(calibration).getFirst();
    assertThat(layer.estimate().statistics()).isEqualTo(second.getFirst().estimate().statistics());
    assertThat(layer.variation().rows()).isEqualTo(second.getFirst().variation().rows());
    assertThat(layer.variation().medianRatio())
        .isEqualTo(second.getFirst().variation().medianRatio());
    assertThat(layer.movement()).isEqualTo(0.5);
  }

  /** A third is no double. */
  @ParameterizedTest
  @EnumSource
  void keepsWhatRoundingLeavesOver(Estimator estimator) {
    String id =
        store.create(MODEL, "night", RevisionName.IMPORTED, estimator, CONVENTION, 2, "ann").id();
    List<CalibrationLayer> layers = List.of();
    for (int seed : new int[] {1, 2, 4}) {
      layers = withBatch(layers, estimator, seed);
    }
    List<CalibrationLayer> given = layers;
    store.mergeMoments(id, 3, 12, null, _ -> given);

    CalibrationStore.Snapshot kept = store.snapshot(id);

    assertThat(kept.calibration().batches()).isEqualTo(3);
    assertThat(kept.calibration().samples()).isEqualTo(12);
    switch (kept.layers().getFirst().estimate()) {
      case PooledEstimate pooled -> {
        assertThat(pooled).isEqualTo(layers.getFirst().estimate());
        assertThat(pooled.meanRemainder().terms()).isNotEmpty();
      }
      case MeanOfBatchesEstimate means -> {
        MeanOfBatchesEstimate before = (MeanOfBatchesEstimate) layers.getFirst().estimate();
        assertThat(means.meanRemainder()).isEqualTo(before.meanRemainder());
        assertThat(means.varianceRemainder()).isEqualTo(before.varianceRemainder());
        assertThat(means.meanRemainder().terms()).isNotEmpty();
      }
    }
  }

  @Test
  void tellsOfOneWithoutBatchesThatThereAreNone() {
    assertThat(store.snapshot(begin(store).id()).layers()).isEmpty();
    assertThatThrownBy(() -> store.snapshot("none")).isInstanceOf(StoreConflictException.class);
  }

  @Test
  void losesNoBatchOfManyAtOnce() throws Exception {
    String id =
        store
            .create(MODEL, "night", RevisionName.IMPORTED, Estimator.POOLED, CONVENTION, 2, "ann")
            .id();
    try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
      List<Future<CalibrationStore.Merge>> merges =
          IntStream.range(0, 20)
              .mapToObj(seed ->
                  executor.submit(() ->
                      store.merge(
                          id, 4, null, before -> withBatch(before, Estimator.POOLED, seed))))
              .toList();
      for (Future<CalibrationStore.Merge> merge : merges) {
        merge.get();
      }
    }
    Calibration calibration = store.find(id).orElseThrow();
    assertThat(calibration.batches()).isEqualTo(20);
    assertThat(calibration.samples()).isEqualTo(80);
    assertThat(((PooledEstimate) store.layers(calibration).getFirst().estimate()).moments().count())
        .isEqualTo(80);
  }

  @Test
  void isPublishedOnce() {
    String id =
        store
            .create(MODEL, "night", RevisionName.IMPORTED, Estimator.POOLED, CONVENTION, 2, "ann")
            .id();
    store.merge(id, 4, null, _ -> withBatch(List.of(), Estimator.POOLED, 1));

    Calibration published = store.publish(id, this::addRevision).calibration();

    assertThat(published.publishedRevision()).isEqualTo(1);
    assertThat(statistics.newest(MODEL, "night").orElseThrow().name().revision()).isEqualTo(1);
    assertThatThrownBy(() -> store.publish(id, this::addRevision))
        .isInstanceOf(StoreConflictException.class)
        .hasMessageContaining("night@1");
    assertThatThrownBy(() -> store.merge(id, 4, null, UnaryOperator.identity()))
        .isInstanceOf(StoreConflictException.class);
  }

  @Test
  void publishesNothingWhenPublishingFails() {
    String id =
        store
            .create(MODEL, "night", RevisionName.IMPORTED, Estimator.POOLED, CONVENTION, 2, "ann")
            .id();
    store.merge(id, 4, null, _ -> withBatch(List.of(), Estimator.POOLED, 1));
    assertThatThrownBy(() ->
            store.publish(
                id,
                layers -> {
                  addRevision(layers);
                  throw new IllegalStateException("after the revision was added");
                }))
        .hasMessageContaining("after");
    assertThat(store.find(id).orElseThrow().publishedRevision()).isNull();
    assertThat(statistics.newest(MODEL, "night")).isEmpty();
  }

  @Test
  void keepsNothingOfABatchThatFails() {
    String id =
        store
            .create(MODEL, "night", RevisionName.IMPORTED, Estimator.POOLED, CONVENTION, 2, "ann")
            .id();
    assertThatThrownBy(() ->
            store.merge(
                id,
                4,
                null,
                _ -> {
                  throw new IllegalArgumentException("one value per channel");
                }))
        .hasMessageContaining("one value");
    assertThat(store.find(id).orElseThrow().batches()).isZero();
  }

  @Test
  void isGoneWhenDeleted() {
    Calibration calibration =
        store.create(MODEL, "night", RevisionName.IMPORTED, Estimator.POOLED, CONVENTION, 2, "ann");
    store.merge(calibration.id(), 4, null, _ -> withBatch(List.of(), Estimator.POOLED, 1));
    assertThat(store.list(MODEL, null, 10)).hasSize(1);
    assertThat(store.delete(calibration.id())).isTrue();
    assertThat(store.delete(calibration.id())).isFalse();
    assertThat(store.find(calibration.id())).isEmpty();
    assertThatThrownBy(() -> store.merge(calibration.id(), 4, null, UnaryOperator.identity()))
        .isInstanceOf(StoreConflictException.class);
  }

  private int addRevision(List<CalibrationLayer> layers) {
    RunningStatistics running =
        new RunningStatistics(
            Map.of(layers.getFirst().layer(), layers.getFirst().estimate().statistics()));
    return statistics
        .add(MODEL, "night", new NewRevision(running, "ann", "test", 4L, CONVENTION), null)
        .name()
        .revision();
  }

  private static List<CalibrationLayer> withBatch(
      List<CalibrationLayer> before, Estimator estimator, int seed) {
    Tensor x = Tensor.of(Shape.of(4, 2), seed, 2f, 3, seed * 7f, 5, 6, -seed, 8);
    ChannelMoments moments = ChannelMoments.of(x, 1);
    CalibrationLayer layer =
        before.isEmpty()
            ? new CalibrationLayer(
                "bn1",
                estimator.empty(2, CONVENTION),
                RunVariation.empty(2),
                SplitHalves.empty(2),
                0)
            : before.getFirst();
    return List.of(
        new CalibrationLayer(
            layer.layer(),
            layer.estimate().add(moments),
            layer.variation().add(x),
            layer.halves().add(x, 0),
            0.5));
  }
}
