package io.norma.runningstatistics.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.Activation;
import io.norma.runningstatistics.Activations;
import io.norma.runningstatistics.ExpectedNewest;
import io.norma.runningstatistics.NewRevision;
import io.norma.runningstatistics.RevisionMetadata;
import io.norma.runningstatistics.RevisionName;
import io.norma.runningstatistics.SetSummary;
import io.norma.runningstatistics.TrafficSplit;
import io.norma.serving.NetworkIdentity;
import io.norma.store.ChangeCounter;
import io.norma.store.StatisticsBytes;
import io.norma.store.StoreConflictException;
import io.norma.store.TestDatabase;
import io.norma.store.Transactions;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.simple.JdbcClient;

@ParameterizedClass
@EnumSource
final class JdbcStatisticsStoreTest {
  private static final NetworkIdentity MODEL = new NetworkIdentity("digits", 1, "a".repeat(64));

  private final HikariDataSource dataSource;
  private final JdbcStatisticsStore store;
  private final Activations activations;
  private final ChangeCounter changes;

  JdbcStatisticsStoreTest(TestDatabase database, @TempDir Path directory) {
    dataSource = database.create(directory);
    Transactions transactions = new Transactions(dataSource);
    store = new JdbcStatisticsStore(transactions, Clock.systemUTC());
    activations = new JdbcActivations(transactions, Clock.systemUTC());
    changes = new ChangeCounter(transactions);
  }

  @AfterEach
  void close() {
    dataSource.close();
  }

  @Test
  void numbersRevisionsAndGivesThemBackToTheBit() {
    assertThat(store.add(MODEL, "night", revision(1), null).name())
        .isEqualTo(new RevisionName("night", 1));
    RevisionMetadata second = store.add(MODEL, "night", revision(2), null);

    assertThat(second.name()).isEqualTo(new RevisionName("night", 2));
    assertThat(store.find(MODEL, second.name())).contains(second);
    assertThat(store.newest(MODEL, "night")).contains(second);
    assertThat(store.load(MODEL, new RevisionName("night", 1))).contains(statistics(1));
    assertThat(store.load(MODEL, second.name())).contains(statistics(2));
    assertThat(store.load(MODEL, second.name()).orElseThrow().layers().sequencedKeySet())
        .containsExactly("bn2", "bn1");
    assertThat(store.load(new NetworkIdentity("digits", 1, "b".repeat(64)), second.name()))
        .isEmpty();
  }

  @Test
  void countsTheImportedRevisionAsTheFirstOfItsSet() {
    assertThat(
            store.add(MODEL, "default", revision(1), new ExpectedNewest(1, null)).name().revision())
        .isEqualTo(2);
    assertThat(store.add(MODEL, "default", revision(1), null).name().revision()).isEqualTo(3);
  }

  @Test
  void keepsLargeLayers() {
    float[] mean = new float[300_000];
    float[] variance = new float[300_000];
    for (int c = 0; c < mean.length; c++) {
      mean[c] = c;
      variance[c] = 1 / (1f + c);
    }
    LinkedHashMap<String, ChannelStatistics> layers = new LinkedHashMap<>();
    layers.put("wide", new ChannelStatistics(mean, variance));
    RunningStatistics wide = new RunningStatistics(layers);
    RevisionName name = store.add(MODEL, "wide", revision(wide), null).name();
    assertThat(store.load(MODEL, name)).contains(wide);
  }

  @Test
  void refusesWriterThatExpectedAnotherRevision() {
    store.add(MODEL, "night", revision(1), new ExpectedNewest(0, null));
    store.add(MODEL, "night", revision(2), new ExpectedNewest(1, null));
    assertThatThrownBy(() -> store.add(MODEL, "night", revision(3), new ExpectedNewest(1, null)))
        .isInstanceOfSatisfying(
            StoreConflictException.class,
            e -> assertThat(e.reason()).isEqualTo(StoreConflictException.Reason.STALE))
        .hasMessageContaining("revision 1")
        .hasMessageContaining("revision 2");
    assertThatThrownBy(() -> store.add(MODEL, "night", revision(3), new ExpectedNewest(0, null)))
        .isInstanceOf(StoreConflictException.class);
    assertThat(store.newest(MODEL, "night").orElseThrow().name().revision()).isEqualTo(2);
  }

  @Test
  void givesEachOfManyWritersItsOwnNumber() throws Exception {
    int writers = 6;
    int each = 5;
    List<Integer> numbers = new ArrayList<>();
    try (ExecutorService executor = Executors.newFixedThreadPool(writers)) {
      List<Future<List<Integer>>> futures =
          IntStream.range(0, writers)
              .mapToObj(_ ->
                  executor.submit(() ->
                      IntStream.range(0, each)
                          .map(i -> store.add(MODEL, "busy", revision(i), null).name().revision())
                          .boxed()
                          .toList()))
              .toList();
      for (Future<List<Integer>> future : futures) {
        numbers.addAll(future.get());
      }
    }
    assertThat(numbers)
        .containsExactlyInAnyOrderElementsOf(
            IntStream.rangeClosed(1, writers * each).boxed().toList());
  }

  @Test
  void pagesThroughSetsAndRevisions() {
    for (String set : List.of("c", "a", "b")) {
      store.add(MODEL, set, revision(1), null);
      store.add(MODEL, set, revision(2), null);
    }
    List<SetSummary> first = store.sets(MODEL, "", 2);
    assertThat(first)
        .extracting(summary -> summary.newest().name().toString())
        .containsExactly("a@2", "b@2");
    assertThat(first).extracting(SetSummary::revisions).containsExactly(2, 2);
    assertThat(store.sets(MODEL, "b", 2))
        .extracting(summary -> summary.newest().name().set())
        .containsExactly("c");
    assertThat(store.revisions(MODEL, "a", Integer.MAX_VALUE, 1))
        .extracting(metadata -> metadata.name().revision())
        .containsExactly(2);
    assertThat(store.revisions(MODEL, "a", 2, 10))
        .extracting(metadata -> metadata.name().revision())
        .containsExactly(1);
  }

  @Test
  void neverGivesTheNumberOfADeletedRevisionAgain() {
    store.add(MODEL, "night", revision(1), null);
    assertThat(store.delete(MODEL, "night")).isEqualTo(1);
    assertThat(store.delete(MODEL, "night")).isZero();
    assertThat(store.newest(MODEL, "night")).isEmpty();
    assertThat(store.sets(MODEL, "", 10)).isEmpty();
    assertThat(
            store.add(MODEL, "night", revision(1), new ExpectedNewest(0, null)).name().revision())
        .isEqualTo(2);
  }

  @Test
  void refusesToDeleteWhatIsActive() {
    RevisionName one = store.add(MODEL, "night", revision(1), null).name();
    RevisionName two = store.add(MODEL, "night", revision(2), null).name();
    activations.activate(MODEL, one, "ann");
    assertThatThrownBy(() -> store.delete(MODEL, "night"))
        .isInstanceOf(StoreConflictException.class)
        .hasMessageContaining("night@1");
    assertThatThrownBy(() -> store.delete(MODEL, one)).isInstanceOf(StoreConflictException.class);
    assertThat(store.delete(MODEL, two)).isTrue();
    assertThat(store.load(MODEL, one)).contains(statistics(1));
  }

  @Test
  void rollsBackAsUndoDoes() {
    RevisionName one = store.add(MODEL, "night", revision(1), null).name();
    RevisionName two = store.add(MODEL, "night", revision(2), null).name();
    assertThat(activations.active(MODEL).primary()).isEqualTo(RevisionName.IMPORTED);
    activations.activate(MODEL, one, "ann");
    activations.activate(MODEL, two, "ben");
    assertThat(activations.active(MODEL).primary()).isEqualTo(two);

    Activation rollback = activations.rollback(MODEL, "cay", null);

    assertThat(rollback.name()).isEqualTo(one);
    assertThat(rollback.activatedBy()).isEqualTo("cay");
    assertThat(activations.rollback(MODEL, "cay", null).name()).isEqualTo(RevisionName.IMPORTED);
    assertThat(activations.active(MODEL).primary()).isEqualTo(RevisionName.IMPORTED);
    assertThatThrownBy(() -> activations.rollback(MODEL, "cay", null))
        .isInstanceOf(StoreConflictException.class);
    assertThat(activations.history(MODEL, Long.MAX_VALUE, 10))
        .extracting(a -> a.name() + " " + a.activatedBy() + " " + a.isRollback())
        .containsExactly(
            "default@1 cay true", "night@1 cay true", "night@2 ben false", "night@1 ann false");
  }

  @Test
  void rollsBackPastWhatWasDeleted() {
    RevisionName one = store.add(MODEL, "night", revision(1), null).name();
    RevisionName two = store.add(MODEL, "night", revision(2), null).name();
    RevisionName three = store.add(MODEL, "night", revision(3), null).name();
    activations.activate(MODEL, one, "ann");
    activations.activate(MODEL, two, "ann");
    activations.activate(MODEL, three, "ann");
    store.delete(MODEL, two);

    assertThat(activations.rollback(MODEL, "ann", null).name()).isEqualTo(one);
    store.delete(MODEL, three);
    assertThat(activations.rollback(MODEL, "ann", null).name()).isEqualTo(RevisionName.IMPORTED);
    assertThatThrownBy(() -> activations.rollback(MODEL, "ann", null))
        .isInstanceOf(StoreConflictException.class);
  }

  @Test
  void rollsBackFromASplitToWhatWasBeforeAndToOne() {
    RevisionName one = store.add(MODEL, "night", revision(1), null).name();
    TrafficSplit split = split(RevisionName.IMPORTED, 89.9999, one, 10.0001);
    activations.activate(MODEL, split, "ann", null);
    assertThat(activations.active(MODEL)).isEqualTo(split);
    activations.activate(MODEL, one, "ann");

    assertThat(activations.rollback(MODEL, "ann", null).split()).isEqualTo(split);
    assertThat(activations.active(MODEL)).isEqualTo(split);
    assertThat(activations.rollback(MODEL, "ann", null).split())
        .isEqualTo(TrafficSplit.whole(RevisionName.IMPORTED));
    assertThatThrownBy(() -> activations.rollback(MODEL, "ann", null))
        .isInstanceOf(StoreConflictException.class);
    assertThat(activations.history(MODEL, Long.MAX_VALUE, 10))
        .extracting(a -> a.split().toString())
        .containsExactly(
            "default@1",
            "default@1 89.9999 %, night@1 10.0001 %",
            "night@1",
            "default@1 89.9999 %, night@1 10.0001 %");
  }

  @Test
  void refusesToDeleteWhatHasAShareAndRollsBackPastASplitThatLostOne() {
    RevisionName one = store.add(MODEL, "night", revision(1), null).name();
    RevisionName two = store.add(MODEL, "dusk", revision(2), null).name();
    activations.activate(MODEL, two, "ann");
    activations.activate(MODEL, split(two, 100, one, 0), "ann", null);
    assertThatThrownBy(() -> store.delete(MODEL, "night"))
        .isInstanceOf(StoreConflictException.class)
        .hasMessageContaining("night@1");
    assertThatThrownBy(() -> store.delete(MODEL, one)).isInstanceOf(StoreConflictException.class);
    activations.activate(MODEL, RevisionName.IMPORTED, "ann");
    assertThat(store.delete(MODEL, "night")).isOne();

    assertThat(activations.rollback(MODEL, "ann", null).split()).isEqualTo(TrafficSplit.whole(two));
    assertThatThrownBy(() -> activations.activate(MODEL, split(two, 50, one, 50), "ann", null))
        .isInstanceOf(StoreConflictException.class)
        .hasMessageContaining("night@1");
    assertThat(activations.active(MODEL)).isEqualTo(TrafficSplit.whole(two));
  }

  private static TrafficSplit split(
      RevisionName first, double firstWeight, RevisionName second, double secondWeight) {
    return new TrafficSplit(
        List.of(
            TrafficSplit.Share.ofPercent(first, firstWeight),
            TrafficSplit.Share.ofPercent(second, secondWeight)));
  }

  @Test
  void refusesToActivateWhatIsNotThere() {
    assertThatThrownBy(() -> activations.activate(MODEL, new RevisionName("night", 1), "ann"))
        .isInstanceOf(StoreConflictException.class)
        .hasMessageContaining("night@1");
    assertThat(activations.history(MODEL, Long.MAX_VALUE, 1)).isEmpty();
  }

  @Test
  void announcesChangesToOtherReplicas() {
    long before = changes.read();
    store.add(MODEL, "night", revision(1), null);
    long added = changes.read();
    activations.activate(MODEL, new RevisionName("night", 1), "ann");
    assertThat(added).isGreaterThan(before);
    assertThat(changes.read()).isGreaterThan(added);
  }

  @Test
  void noticesDamagedNumbers() {
    RevisionName name = store.add(MODEL, "night", revision(1), null).name();
    JdbcClient.create(dataSource)
        .sql("update statistics_layers set mean = ? where layer = 'bn1'")
        .param(StatisticsBytes.of(new float[] {9, 9}))
        .update();
    assertThatThrownBy(() -> store.load(MODEL, name))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("damaged");
  }

  private static NewRevision revision(int seed) {
    return revision(statistics(seed));
  }

  private static NewRevision revision(RunningStatistics statistics) {
    return new NewRevision(statistics, "ann", "camera 7", null, VarianceConvention.UNBIASED);
  }

  private static RunningStatistics statistics(int seed) {
    LinkedHashMap<String, ChannelStatistics> layers = new LinkedHashMap<>();
    layers.put("bn2", new ChannelStatistics(new float[] {seed}, new float[] {seed / 3f}));
    layers.put(
        "bn1", new ChannelStatistics(new float[] {-seed, -0f}, new float[] {Float.MIN_VALUE, 2}));
    return new RunningStatistics(layers);
  }
}
