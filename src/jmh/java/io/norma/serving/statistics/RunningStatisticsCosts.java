package io.norma.serving.statistics;

import io.norma.NormaApplication;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.model.BatchNormalizationLayer;
import io.norma.model.BoundStatistics;
import io.norma.serving.InferenceRequest;
import io.norma.serving.InferenceService;
import io.norma.serving.ModelRepository;
import io.norma.serving.NamedTensor;
import io.norma.serving.ServedModel;
import io.norma.serving.ServingException;
import io.norma.store.NewRevision;
import io.norma.store.StatisticsStore;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * What live running statistics cost: the time of a swap, the memory of a set, the share of
 * throughput that watching for drift takes. Arguments: a directory of models in Triton's layout and
 * the name of the one whose sets are measured.
 */
public final class RunningStatisticsCosts {
  private static final int SWAPS = 200;
  private static final int SETS = 1000;
  private static final int ROUNDS = 15;
  private static final long ROUND_NANOS = 1_500_000_000L;

  private RunningStatisticsCosts() {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createTempDirectory("norma-costs");
    String[] models = {"--norma.models.directory=" + arguments[0]};
    for (String url :
        List.of("jdbc:h2:mem:swap", "jdbc:h2:file:" + directory.resolve("swap") + ";USER=sa")) {
      try (ConfigurableApplicationContext service = start(url, models)) {
        swaps(service, arguments[1], url.substring(0, 11));
        if (url.startsWith("jdbc:h2:mem")) {
          memory(model(service, arguments[1]));
        }
      }
    }
    try (ConfigurableApplicationContext off =
            start("jdbc:h2:mem:off", "--norma.drift.sample-rate=0");
        ConfigurableApplicationContext on =
            start("jdbc:h2:mem:on", "--norma.drift.sample-rate=0.01")) {
      drift(off, on);
    }
  }

  private static ConfigurableApplicationContext start(String url, String... settings) {
    String[] all = Arrays.copyOf(settings, settings.length + 1);
    all[settings.length] = "--spring.datasource.url=" + url;
    return new SpringApplicationBuilder(NormaApplication.class)
        .web(WebApplicationType.NONE)
        .run(all);
  }

  private static ServedModel model(ConfigurableApplicationContext service, String name)
      throws InterruptedException {
    while (true) {
      try {
        return service.getBean(ModelRepository.class).get(name, null);
      } catch (ServingException _) {
        Thread.sleep(20);
      }
    }
  }

  /** From the call that activates to the moment that the next request gets the vectors. */
  private static void swaps(ConfigurableApplicationContext service, String name, String database)
      throws InterruptedException {
    ServedModel model = model(service, name);
    StatisticsCatalog catalog = service.getBean(StatisticsCatalog.class);
    RunningStatisticsService statistics = service.getBean(RunningStatisticsService.class);
    for (String set : List.of("day", "night")) {
      service
          .getBean(StatisticsStore.class)
          .add(
              StatisticsCatalog.versionOf(model),
              set,
              new NewRevision(
                  perturbed(model, set.hashCode()),
                  "benchmark",
                  "benchmark",
                  1L,
                  VarianceConvention.UNBIASED),
              null);
    }
    long[] whole = new long[SWAPS];
    long[] bind = new long[SWAPS];
    long[] use = new long[SWAPS];
    RunningStatistics vectors = perturbed(model, 1);
    catalog.active(model);
    for (int i = -SWAPS; i < SWAPS; i++) {
      String set = i % 2 == 0 ? "day" : "night";
      long start = System.nanoTime();
      statistics.activate(name, null, set, 1, "benchmark");
      long activated = System.nanoTime();
      String used = catalog.active(model).name().set();
      long end = System.nanoTime();
      if (!used.equals(set)) {
        throw new IllegalStateException(used + " is active instead of " + set);
      }
      long bindStart = System.nanoTime();
      BoundStatistics bound = model.plan().bind(vectors);
      long bindEnd = System.nanoTime();
      if (bound == null) {
        throw new IllegalStateException();
      }
      if (i >= 0) {
        whole[i] = end - start;
        use[i] = end - activated;
        bind[i] = bindEnd - bindStart;
      }
    }
    System.out.printf(
        "%s %s: activate to first use %s; of it reading what is active %s; bind alone %s%n",
        name, database, microseconds(whole), microseconds(use), microseconds(bind));
  }

  private static void memory(ServedModel model) {
    long channels =
        model.network().batchNormalizations().stream()
            .mapToLong(BatchNormalizationLayer::channels)
            .sum();
    RunningStatistics vectors = perturbed(model, 2);
    List<BoundStatistics> resident = new ArrayList<>();
    long before = usedHeap();
    for (int i = 0; i < SETS; i++) {
      resident.add(model.plan().bind(vectors));
    }
    long after = usedHeap();
    System.out.printf(
        "%s: %d channels in %d layers; %d bound sets take %d bytes of heap each (%.2f per channel);"
            + " heap in use before %.0f MB, after %.0f MB%n",
        model.name(),
        channels,
        model.network().batchNormalizations().size(),
        resident.size(),
        (after - before) / SETS,
        (after - before) / (double) SETS / channels,
        before / 1e6,
        after / 1e6);
  }

  private static long usedHeap() {
    for (int i = 0; i < 4; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static RunningStatistics perturbed(ServedModel model, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, ChannelStatistics> layers = new LinkedHashMap<>();
    model
        .network()
        .runningStatistics()
        .layers()
        .forEach((name, layer) -> {
          float[] mean = layer.mean().clone();
          float[] variance = layer.variance().clone();
          for (int c = 0; c < mean.length; c++) {
            mean[c] += (float) random.nextDouble(-0.1, 0.1);
            variance[c] *= (float) random.nextDouble(0.5, 2);
          }
          layers.put(name, new ChannelStatistics(mean, variance));
        });
    return new RunningStatistics(layers);
  }

  /** Rounds with and without watching take turns, so that the machine's moods hit both. */
  private static void drift(ConfigurableApplicationContext off, ConfigurableApplicationContext on)
      throws Exception {
    model(off, "digits");
    model(on, "digits");
    int threads = Runtime.getRuntime().availableProcessors();
    try (ExecutorService clients = Executors.newFixedThreadPool(threads)) {
      double[] ratios = new double[ROUNDS];
      for (int round = -3; round < ROUNDS; round++) {
        boolean offFirst = round % 2 == 0;
        long first = inferences(offFirst ? off : on, clients, threads);
        long second = inferences(offFirst ? on : off, clients, threads);
        if (round >= 0) {
          ratios[round] = (offFirst ? second : first) / (double) (offFirst ? first : second);
        }
      }
      Arrays.sort(ratios);
      System.out.printf(
          "digits, batch of 8, %d threads, drift sampled at 1 %%: throughput %.4f of that without"
              + " (median of %d pairs of rounds; quartiles %.4f and %.4f)%n",
          threads, ratios[ROUNDS / 2], ROUNDS, ratios[ROUNDS / 4], ratios[ROUNDS * 3 / 4]);
    }
  }

  private static long inferences(
      ConfigurableApplicationContext service, ExecutorService clients, int threads)
      throws Exception {
    InferenceService inference = service.getBean(InferenceService.class);
    float[] pixels = new float[8 * 64];
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextDouble();
    }
    Tensor images = Tensor.of(DataType.FP32, Shape.of(8, 1, 8, 8), pixels, 0);
    InferenceRequest request =
        new InferenceRequest(null, Map.of(), List.of(new NamedTensor("image", images)), List.of());
    Callable<Long> client =
        () -> {
          long end = System.nanoTime() + ROUND_NANOS;
          long count = 0;
          while (System.nanoTime() - end < 0) {
            count += inference.infer("digits", null, () -> request, response -> 1);
          }
          return count;
        };
    long count = 0;
    for (Future<Long> one : clients.invokeAll(Collections.nCopies(threads, client))) {
      count += one.get();
    }
    return count;
  }

  private static String microseconds(long[] nanos) {
    Arrays.sort(nanos);
    return "%.1f µs (median; 95 %% below %.1f µs)"
        .formatted(nanos[nanos.length / 2] / 1e3, nanos[nanos.length * 95 / 100] / 1e3);
  }
}
