package io.norma.network.run;

import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.compute.CoreDistance;
import io.norma.kernel.compute.Machine;
import io.norma.kernel.compute.MachinePeak;
import io.norma.kernel.compute.convolution.BlockedConvolution;
import io.norma.kernel.compute.matrix.WeightFormat;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.Value;
import io.norma.network.Network;
import io.norma.network.Normalization;
import io.norma.network.compile.Compiler;
import io.norma.network.steps.FusedConvolutionStep;
import io.norma.network.steps.FusedDenseStep;
import io.norma.network.steps.Run;
import io.norma.network.steps.Step;
import io.norma.onnx.OnnxImporter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;

/**
 * Where the time of a network goes: for each step the median and the fastest of its runs, its
 * GFLOP/s by the layer's definition with the share of what the threads' cores can do, and how fast
 * it went through its weights. With several numbers of threads, which take turns, also how many
 * times as fast each is as the first, by medians and by the fastest runs.
 *
 * <p>Arguments: an ONNX file. System properties: {@code threads} (1; or several, as 1,2,4), {@code
 * batch} (1), {@code weights} (fp32; or bf16), {@code warmup} and {@code seconds} (8 and 4) for
 * each of them.
 */
public final class StepTimes {
  /** Turns of the numbers of threads, for a noisy machine to be noisy for all of them. */
  private static final int ROUNDS = 4;

  private StepTimes() {}

  public static void main(String[] arguments) throws Exception {
    List<Integer> threads =
        Pattern.compile(",")
            .splitAsStream(System.getProperty("threads", "1"))
            .map(Integer::valueOf)
            .toList();
    Network network =
        OnnxImporter.read(Files.readAllBytes(Path.of(arguments[0])), "benchmark").network();
    List<TimedStep> steps = new ArrayList<>();
    WeightFormat weights =
        WeightFormat.valueOf(System.getProperty("weights", "fp32").toUpperCase(Locale.ROOT));
    Compiler.steps(network, weights).forEach(step -> steps.add(new TimedStep(step)));
    ExecutionPlan plan = new ExecutionPlan(network, List.copyOf(steps));
    Normalization normalization = new Normalization.Frozen(plan.bind(network.runningStatistics()));
    List<Tensor> inputs = List.of(input(network, Integer.getInteger("batch", 1)));
    int warmup = Integer.getInteger("warmup", 8);
    int seconds = Integer.getInteger("seconds", 4);
    for (int round = 0; round <= ROUNDS; round++) {
      for (int count : threads) {
        ComputePool.configure(count);
        // As many threads have workspaces of another size.
        Workspace workspace = new Workspace();
        double time = round == 0 ? warmup : (double) seconds / ROUNDS;
        steps.forEach(step -> step.begin(count));
        run(plan, inputs, normalization, workspace, time);
      }
      if (round == 0) {
        steps.forEach(TimedStep::forget);
      }
    }
    print(steps, threads);
  }

  private static void print(List<TimedStep> steps, List<Integer> threads)
      throws InterruptedException {
    double peak = MachinePeak.gigaflops();
    System.out.printf(
        "%s thread(s), %.0f ns between cores; %s%n",
        threads, CoreDistance.nanos(), Machine.describe(peak));
    StringBuilder head =
        new StringBuilder(
            "| step | output | median µs | fastest µs | GFLOP/s (of peak) | weights GB/s |");
    List<Integer> others = threads.subList(1, threads.size());
    others.forEach(count -> head.append(" %d threads: times as fast (fastest) |".formatted(count)));
    System.out.println(head);
    System.out.println("|---".repeat(6 + others.size()) + "|");
    int first = threads.getFirst();
    steps.forEach(step -> step.print(first, others, peak * first));
    for (int count : threads) {
      System.out.printf(
          "%d thread(s): sum of medians %.0f µs, of fastest %.0f µs%n",
          count,
          steps.stream().mapToDouble(step -> step.micros(count, 0.5)).sum(),
          steps.stream().mapToDouble(step -> step.micros(count, 0)).sum());
    }
  }

  private static void run(
      ExecutionPlan plan,
      List<Tensor> inputs,
      Normalization normalization,
      Workspace workspace,
      double seconds) {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    do {
      plan.run(inputs, normalization, workspace);
    } while (System.nanoTime() < end);
  }

  private static Tensor input(Network network, int batch) {
    long[] extents = network.inputs().getFirst().shape().stream().mapToLong(e -> e).toArray();
    extents[0] = batch;
    Shape shape = Shape.ofLongs(extents);
    Random random = new Random(1);
    float[] values = new float[shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(shape, values);
  }

  private static final class TimedStep implements Step {
    private final Step step;
    private final Map<Integer, List<Long>> nanos = new HashMap<>();
    private List<Long> current = new ArrayList<>();
    private Shape output = Shape.of();

    TimedStep(Step step) {
      this.step = step;
    }

    /** What follows is with so many threads. */
    void begin(int threads) {
      current = nanos.computeIfAbsent(threads, _ -> new ArrayList<>());
    }

    void forget() {
      nanos.values().forEach(List::clear);
    }

    @Override
    public String name() {
      return step.name();
    }

    @Override
    public List<String> inputs() {
      return step.inputs();
    }

    @Override
    public List<String> outputs() {
      return step.outputs();
    }

    @Override
    public List<? extends Value> execute(Inputs inputs, Run run) {
      long start = System.nanoTime();
      List<? extends Value> results = step.execute(inputs, run);
      current.add(System.nanoTime() - start);
      output = results.getFirst() instanceof Tensor y ? y.shape() : Shape.of();
      return results;
    }

    double micros(int threads, double quantile) {
      long[] sorted =
          nanos.getOrDefault(threads, List.of()).stream().mapToLong(n -> n).sorted().toArray();
      return sorted[(int) (quantile * (sorted.length - 1))] / 1e3;
    }

    void print(int first, List<Integer> others, double peak) {
      long weights = 0;
      long uses = 0;
      String kind = step.getClass().getSimpleName();
      if (step instanceof FusedConvolutionStep fused) {
        Shape shape = fused.geometries().weights();
        BlockedConvolution packed = fused.packed();
        weights = shape.size();
        uses = (long) output.dimension(0) * output.size(2, 4);
        kind = packed.getClass().getSimpleName() + " " + shape;
      } else if (step instanceof FusedDenseStep dense) {
        weights = (long) dense.packed().inputs() * dense.packed().outputs();
        uses = output.size() / dense.packed().outputs();
      }
      double gigaflops = 2 * weights * uses / micros(first, 0.5) / 1e3;
      StringBuilder line =
          new StringBuilder(
              "| %s | %s | %.0f | %.0f | %.0f (%.0f %%) | %.1f |"
                  .formatted(
                      kind,
                      Arrays.toString(output.dimensions()),
                      micros(first, 0.5),
                      micros(first, 0),
                      gigaflops,
                      100 * gigaflops / peak,
                      4 * weights / micros(first, 0.5) / 1e3));
      for (int count : others) {
        line.append(
            " %.2f (%.2f) |"
                .formatted(
                    micros(first, 0.5) / micros(count, 0.5), micros(first, 0) / micros(count, 0)));
      }
      System.out.println(line);
    }
  }
}
