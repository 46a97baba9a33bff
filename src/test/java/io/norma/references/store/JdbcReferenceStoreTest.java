package io.norma.references.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.models.References;
import io.norma.references.ReferenceStore;
import io.norma.runningstatistics.NewRevision;
import io.norma.runningstatistics.StatisticsStore;
import io.norma.runningstatistics.store.JdbcStatisticsStore;
import io.norma.serving.NetworkIdentity;
import io.norma.store.KeyedChange;
import io.norma.store.StoreConflictException;
import io.norma.store.TestDatabase;
import io.norma.store.Transactions;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
final class JdbcReferenceStoreTest {
  private static final NetworkIdentity NETWORK = new NetworkIdentity("mine", 1, "a".repeat(64));
  private static final List<String> LAYERS = List.of("conv2.virtual", "conv1.virtual");

  private final HikariDataSource dataSource;
  private final Transactions transactions;
  private final ReferenceStore store;

  JdbcReferenceStoreTest(TestDatabase database, @TempDir Path directory) {
    dataSource = database.create(directory);
    transactions = new Transactions(dataSource);
    store = new JdbcReferenceStore(transactions, Clock.systemUTC());
  }

  @AfterEach
  void close() {
    dataSource.close();
  }

  /** {2, 4} and {6} have the mean 4 and squared deviations 4 + 0 + 4. */
  @Test
  void mergesBatchesExactly() {
    merge(batch(2, 3, 2), null);
    merge(batch(1, 6, 0), null);

    References references = store.find(NETWORK).orElseThrow();
    assertThat(references.batches()).isEqualTo(2);
    assertThat(references.samples()).isEqualTo(3);
    assertThat(references.layers().keySet()).containsExactly("conv2", "conv1");
    ChannelMoments moments = Objects.requireNonNull(references.layers().get("conv2"));
    assertThat(moments.count()).isEqualTo(3);
    assertThat(moments.mean()).containsExactly(4);
    assertThat(moments.sumOfSquaredDeviations()).containsExactly(8);
    assertThat(store.batches()).isEqualTo(Map.of(NETWORK, 2L));
  }

  @Test
  void countsABatchOnceUnderItsKey() {
    KeyedChange key = new KeyedChange("first", "f".repeat(64));
    assertThat(merge(batch(2, 3, 2), key).repeated()).isFalse();
    assertThat(store.isKnown(NETWORK, key)).isTrue();
    assertThat(merge(batch(2, 3, 2), key).repeated()).isTrue();
    assertThat(store.find(NETWORK).orElseThrow().batches()).isEqualTo(1);
    KeyedChange other = new KeyedChange("first", "0".repeat(64));
    assertThatThrownBy(() -> merge(batch(2, 3, 2), other))
        .isInstanceOf(StoreConflictException.class);
  }

  @Test
  void refusesABatchOfOtherLayers() {
    merge(batch(2, 3, 2), null);
    References one = new References(1, 2, Map.of("conv1", moments(2, 3, 2)));
    assertThatThrownBy(() -> store.merge(NETWORK, one, LAYERS, null))
        .isInstanceOf(StoreConflictException.class)
        .hasMessageContaining("[conv2, conv1]");
  }

  @Test
  void staysAsItIsWhileRunningStatisticsDependOnIt() {
    merge(batch(2, 3, 2), null);
    StatisticsStore statistics = new JdbcStatisticsStore(transactions, Clock.systemUTC());
    statistics.add(NETWORK, "old", revision("bn1"), null);
    merge(batch(2, 3, 2), null);
    statistics.add(NETWORK, "night", revision("conv1.virtual"), null);

    assertThatThrownBy(() -> merge(batch(2, 3, 2), null)).hasMessageContaining("[night]");
    assertThatThrownBy(() -> store.delete(NETWORK, LAYERS)).hasMessageContaining("[night]");
    assertThat(store.find(NETWORK).orElseThrow().batches()).isEqualTo(2);
  }

  @Test
  void forgetsReferencesWithTheirBatches() {
    assertThat(store.delete(NETWORK, LAYERS)).isFalse();
    merge(batch(2, 3, 2), new KeyedChange("first", "f".repeat(64)));
    assertThat(store.delete(NETWORK, LAYERS)).isTrue();
    assertThat(store.find(NETWORK)).isEmpty();
    assertThat(store.batches()).isEmpty();
    assertThat(store.isKnown(NETWORK, new KeyedChange("first", "f".repeat(64)))).isFalse();
  }

  private ReferenceStore.Merge merge(References batch, @Nullable KeyedChange key) {
    return store.merge(NETWORK, batch, LAYERS, key);
  }

  private static References batch(long count, double mean, double deviations) {
    Map<String, ChannelMoments> layers = new LinkedHashMap<>();
    layers.put("conv2", moments(count, mean, deviations));
    layers.put("conv1", moments(count, mean, deviations));
    return new References(1, count, layers);
  }

  private static ChannelMoments moments(long count, double mean, double deviations) {
    return new ChannelMoments(count, new double[] {mean}, new double[] {deviations});
  }

  private static NewRevision revision(String layer) {
    ChannelStatistics statistics = new ChannelStatistics(new float[] {0}, new float[] {1});
    return new NewRevision(
        new RunningStatistics(new LinkedHashMap<>(Map.of(layer, statistics))),
        "ann",
        "",
        2L,
        VarianceConvention.POPULATION);
  }
}
