package io.norma.runningstatistics;

import io.norma.NormaApplication;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.BoundStatistics;
import io.norma.serving.ServingException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * What live running statistics cost: the time of a swap and the memory of a set. Arguments: a
 * directory of models in Triton's layout and the name of the one whose sets are measured.
 */
public final class RunningStatisticsCosts {
  private static final int SWAPS = 200;
  private static final int SETS = 1000;

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
  }

  /** A service without its web server, on a database of its own. */
  static ConfigurableApplicationContext start(String url, String... settings) {
    String[] all = Arrays.copyOf(settings, settings.length + 1);
    all[settings.length] = "--spring.datasource.url=" + url;
    return new SpringApplicationBuilder(NormaApplication.class)
        .web(WebApplicationType.NONE)
        .run(all);
  }

  /** A model as soon as it is ready. */
  static ServedModel model(ConfigurableApplicationContext service, String name)
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
              model.identity(),
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
      statistics.activate(name, null, set, 1, "benchmark", null);
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

  private static String microseconds(long[] nanos) {
    Arrays.sort(nanos);
    return "%.1f µs (median; 95 %% below %.1f µs)"
        .formatted(nanos[nanos.length / 2] / 1e3, nanos[nanos.length * 95 / 100] / 1e3);
  }
}
