package io.norma.runningstatistics;

import com.sun.management.OperatingSystemMXBean;
import io.norma.inference.InferenceCall;
import io.norma.inference.InferenceService;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ServedModel;
import io.norma.network.Normalization;
import io.norma.network.TensorMetadata;
import io.norma.network.run.Workspace;
import io.norma.runningstatistics.DriftMonitor.Drift;
import io.norma.serving.InferenceRequest;
import io.norma.serving.NamedTensor;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * What watching for drift takes of the throughput. Three services in one process, which differ in
 * {@code norma.drift.sample-rate} alone, answer in turns of a few seconds, each as many callers as
 * it has compute slots; a turn is compared with the turn of rate 0 in its own round.
 *
 * <p>Arguments: a directory of models in Triton's layout, a model's name, seconds per turn. A turn
 * should be longer than the watch rests between two runs (about 50 times a run on two slots).
 */
public final class DriftCosts {
  private static final List<String> RATES = List.of("0", "0.01", "1");
  private static final int WARM_UP = 1;
  private static final int WARM_RUNS = 30;
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private static final long BUDGET_NANOS = 100_000_000_000L;

  private DriftCosts() {}

  /** A service, its request, and the thread that watches. */
  private record Contender(
      String rate, ConfigurableApplicationContext service, InferenceRequest request, long watch) {}

  public static void main(String[] arguments) throws Exception {
    String model = arguments[1];
    long turn = (long) (1e9 * Double.parseDouble(arguments[2]));
    List<Contender> contenders = new ArrayList<>();
    for (String rate : RATES) {
      contenders.add(contender(rate, arguments[0], model));
    }
    int rounds = (int) (BUDGET_NANOS / (RATES.size() * turn));
    double[][] ratios = new double[RATES.size()][rounds];
    long[] watching = new long[RATES.size()];
    long[] all = new long[RATES.size()];
    int threads = Runtime.getRuntime().availableProcessors();
    try (ExecutorService callers = Executors.newFixedThreadPool(threads)) {
      for (int round = -WARM_UP; round < rounds; round++) {
        double[] throughput = new double[RATES.size()];
        for (int i = 0; i < RATES.size(); i++) {
          int which = Math.floorMod(i + round, RATES.size());
          Contender contender = contenders.get(which);
          long watchBefore = cpu(contender.watch());
          long processBefore = SYSTEM.getProcessCpuTime();
          throughput[which] = perSecond(contender, model, callers, threads, turn);
          if (round >= 0) {
            watching[which] += cpu(contender.watch()) - watchBefore;
            all[which] += SYSTEM.getProcessCpuTime() - processBefore;
          }
        }
        for (int which = 0; which < RATES.size() && round >= 0; which++) {
          ratios[which][round] = throughput[which] / throughput[0];
        }
      }
    }
    for (int which = 0; which < RATES.size(); which++) {
      Contender contender = contenders.get(which);
      Arrays.sort(ratios[which]);
      System.out.printf(
          "%s, %d callers, drift sampled at %s: throughput %.4f of that without (median of %d"
              + " rounds; quartiles %.4f and %.4f); the watching thread took %.3f %% of the"
              + " processor time; %s rows watched%n",
          model,
          threads,
          contender.rate(),
          ratios[which][rounds / 2],
          rounds,
          ratios[which][rounds / 4],
          ratios[which][rounds * 3 / 4],
          100.0 * watching[which] / all[which],
          watched(contender, model));
    }
    contenders.forEach(contender -> contender.service().close());
  }

  private static Contender contender(String rate, String directory, String model)
      throws InterruptedException {
    Set<Long> before = watches();
    ConfigurableApplicationContext service =
        RunningStatisticsCosts.start(
            "jdbc:h2:mem:rate" + rate.replace(".", ""),
            "--norma.models.directory=" + directory,
            "--norma.drift.sample-rate=" + rate);
    Set<Long> added = watches();
    added.removeAll(before);
    ServedModel served = RunningStatisticsCosts.model(service, model);
    InferenceRequest request = request(served);
    List<Tensor> inputs = request.inputs().stream().map(NamedTensor::tensor).toList();
    Normalization normalization =
        service.getBean(StatisticsCatalog.class).active(served).normalization();
    Workspace workspace = new Workspace();
    // The watch's first run is slow, and it rests long for it.
    for (int i = 0; i < WARM_RUNS; i++) {
      List<Tensor> outputs =
          served
              .observationPlan()
              .run(
                  inputs,
                  normalization,
                  workspace,
                  (_, x) -> require(ChannelMoments.of(x, 1).count() > 0));
      require(!outputs.isEmpty());
    }
    return new Contender(rate, service, request, added.iterator().next());
  }

  private static void require(boolean condition) {
    if (!condition) {
      throw new IllegalStateException();
    }
  }

  /** The threads that watch, by id. */
  private static Set<Long> watches() {
    Set<Long> ids = new HashSet<>();
    Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("norma-inference-watch"))
        .forEach(thread -> ids.add(thread.threadId()));
    return ids;
  }

  private static long cpu(long thread) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return threads.getThreadCpuTime(thread);
  }

  private static long watched(Contender contender, String model) throws InterruptedException {
    return contender
        .service()
        .getBean(DriftMonitor.class)
        .of(RunningStatisticsCosts.model(contender.service(), model))
        .stream()
        .mapToLong(Drift::samples)
        .sum();
  }

  /** One row of noise. */
  private static InferenceRequest request(ServedModel model) {
    SplittableRandom random = new SplittableRandom(7);
    List<NamedTensor> inputs = new ArrayList<>();
    for (TensorMetadata input : model.network().inputs()) {
      Shape shape =
          Shape.ofLongs(input.shape().stream().mapToLong(extent -> Math.max(1, extent)).toArray());
      float[] data = new float[shape.size()];
      for (int i = 0; i < data.length; i++) {
        data[i] = (float) random.nextDouble();
      }
      inputs.add(new NamedTensor(input.name(), Tensor.of(DataType.FP32, shape, data, 0)));
    }
    return new InferenceRequest(null, Map.of(), inputs, List.of());
  }

  private static double perSecond(
      Contender contender, String model, ExecutorService callers, int threads, long turn)
      throws Exception {
    InferenceService inference = contender.service().getBean(InferenceService.class);
    Callable<Double> caller =
        () -> {
          long start = System.nanoTime();
          long count = 0;
          while (System.nanoTime() - start < turn) {
            InferenceCall call = inference.begin(model, null);
            inference.infer(call, contender.request());
            call.succeeded();
            count++;
          }
          return count / ((System.nanoTime() - start) / 1e9);
        };
    double sum = 0;
    for (Future<Double> one : callers.invokeAll(Collections.nCopies(threads, caller))) {
      sum += one.get();
    }
    return sum;
  }
}
