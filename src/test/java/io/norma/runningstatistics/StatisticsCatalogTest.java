package io.norma.runningstatistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.serving.ServingException;
import io.norma.store.Networks;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
final class StatisticsCatalogTest {
  private static final int SETS = 20;

  @TempDir static Path directory;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> directory.toString());
  }

  @Autowired ModelRepository repository;
  @Autowired Networks networks;
  @Autowired StatisticsStore store;
  @Autowired Activations activations;

  @Test
  void keepsNoMoreSetsInMemoryThanTheCacheMayHold() {
    ServedModel model = digits();
    List<RevisionName> names = new ArrayList<>();
    for (int i = 0; i < SETS; i++) {
      names.add(load(model, "camera-" + i, 1 + i / 10f));
    }
    long bytesPerSet =
        8 * model.network().batchNormalizations().stream().mapToLong(l -> l.channels()).sum();

    assertThat(keptOfAll(model, names, 2 * bytesPerSet)).isLessThanOrEqualTo(2);
    assertThat(keptOfAll(model, names, 0)).isZero();
    assertThat(keptOfAll(model, names, SETS * bytesPerSet)).isEqualTo(SETS);
  }

  /** How many of the sets are the same object when they are asked for a second time. */
  // The same object: bound once and kept.
  @SuppressWarnings("ReferenceEquality")
  private long keptOfAll(ServedModel model, List<RevisionName> names, long cacheBytes) {
    StatisticsCatalog catalog = catalog(model, cacheBytes);
    List<NamedStatistics> first = names.stream().map(name -> catalog.bound(model, name)).toList();
    long kept = 0;
    for (int i = names.size() - 1; i >= 0; i--) {
      NamedStatistics second = catalog.bound(model, names.get(i));
      assertThat(second.name()).isEqualTo(names.get(i));
      kept += second == first.get(i) ? 1 : 0;
    }
    return kept;
  }

  private StatisticsCatalog catalog(ServedModel model, long cacheBytes) {
    StatisticsCatalog catalog =
        new StatisticsCatalog(networks, store, activations, cacheBytes, List.of());
    catalog.prepare(model);
    return catalog;
  }

  @Test
  void keepsNothingOfAModelThatHasGone() {
    ServedModel model = digits();
    RevisionName name = load(model, "late", 2);
    StatisticsCatalog catalog = catalog(model, Long.MAX_VALUE);
    NamedStatistics before = catalog.bound(model, name);
    assertThat(catalog.bound(model, name)).isSameAs(before);
    catalog.forget(model);
    assertThat(catalog.bound(model, name)).isNotSameAs(catalog.bound(model, name));
  }

  /** The same object: read and bound once, however many ask while it is being read. */
  @Test
  void readsASetOnceForAllWhoWaitForIt() throws Exception {
    ServedModel model = digits();
    RevisionName name = load(model, "cold", 3);
    StatisticsCatalog catalog = catalog(model, Long.MAX_VALUE);
    Set<NamedStatistics> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<NamedStatistics>> asked = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        asked.add(executor.submit(() -> catalog.bound(model, name)));
      }
      for (Future<NamedStatistics> each : asked) {
        seen.add(each.get());
      }
    }
    assertThat(seen).hasSize(1);
  }

  private RevisionName load(ServedModel model, String set, float factor) {
    Map<String, ChannelStatistics> layers = new LinkedHashMap<>();
    model
        .network()
        .runningStatistics()
        .layers()
        .forEach((name, layer) -> {
          float[] mean = layer.mean().clone();
          for (int c = 0; c < mean.length; c++) {
            mean[c] *= factor;
          }
          layers.put(name, new ChannelStatistics(mean, layer.variance()));
        });
    return store
        .add(
            model.identity(),
            set,
            new NewRevision(
                new RunningStatistics(layers), "test", "test", 1L, VarianceConvention.UNBIASED),
            null)
        .name();
  }

  private ServedModel digits() {
    return await()
        .atMost(Duration.ofMinutes(1))
        .ignoreException(ServingException.class)
        .until(() -> repository.get("digits", null), Objects::nonNull);
  }
}
