package io.norma.network.run;

import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.compute.CoreDistance;
import io.norma.kernel.compute.Machine;
import io.norma.kernel.compute.MachinePeak;
import io.norma.kernel.compute.convolution.BlockedConvolution;
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
import java.util.List;
import java.util.Random;

/**
 * Where the time of a network goes: for each step the median and the fastest of its runs, its
 * GFLOP/s by the layer's definition with the share of what the threads' cores can do, and how fast
 * it went through its weights.
 *
 * <p>Arguments: an ONNX file. System properties: {@code threads} (1), {@code batch} (1), {@code
 * warmup} and {@code seconds} (8 and 4).
 */
public final class StepTimes {
  private StepTimes() {}

  public static void main(String[] arguments) throws Exception {
    ComputePool.configure(Integer.getInteger("threads", 1));
    Network network =
        OnnxImporter.read(Files.readAllBytes(Path.of(arguments[0])), "benchmark").network();
    List<TimedStep> steps = new ArrayList<>();
    Compiler.steps(network).forEach(step -> steps.add(new TimedStep(step)));
    ExecutionPlan plan = new ExecutionPlan(network, List.copyOf(steps));
    Normalization normalization = new Normalization.Frozen(plan.bind(network.runningStatistics()));
    List<Tensor> inputs = List.of(input(network, Integer.getInteger("batch", 1)));
    Workspace workspace = new Workspace();
    run(plan, inputs, normalization, workspace, Integer.getInteger("warmup", 8));
    steps.forEach(step -> step.nanos.clear());
    run(plan, inputs, normalization, workspace, Integer.getInteger("seconds", 4));
    double peak = MachinePeak.gigaflops();
    System.out.printf(
        "%d thread(s), %.0f ns between cores; %s%n",
        ComputePool.get().threads(), CoreDistance.nanos(), Machine.describe(peak));
    System.out.println(
        "| step | output | median µs | fastest µs | GFLOP/s (of peak) | weights GB/s |");
    System.out.println("|---|---|---|---|---|---|");
    steps.forEach(step -> step.print(peak * ComputePool.get().threads()));
    System.out.printf(
        "sum of medians %.0f µs, of fastest %.0f µs%n",
        steps.stream().mapToDouble(step -> step.micros(0.5)).sum(),
        steps.stream().mapToDouble(step -> step.micros(0)).sum());
  }

  private static void run(
      ExecutionPlan plan,
      List<Tensor> inputs,
      Normalization normalization,
      Workspace workspace,
      int seconds) {
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    while (System.nanoTime() < end) {
      plan.run(inputs, normalization, workspace);
    }
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
    private final List<Long> nanos = new ArrayList<>();
    private Shape output = Shape.of();

    TimedStep(Step step) {
      this.step = step;
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
      nanos.add(System.nanoTime() - start);
      output = results.getFirst() instanceof Tensor y ? y.shape() : Shape.of();
      return results;
    }

    double micros(double quantile) {
      long[] sorted = nanos.stream().mapToLong(n -> n).sorted().toArray();
      return sorted[(int) (quantile * (sorted.length - 1))] / 1e3;
    }

    void print(double peak) {
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
        uses = output.dimension(0);
      }
      double gigaflops = 2 * weights * uses / micros(0.5) / 1e3;
      System.out.printf(
          "| %s | %s | %.0f | %.0f | %.0f (%.0f %%) | %.1f |%n",
          kind,
          Arrays.toString(output.dimensions()),
          micros(0.5),
          micros(0),
          gigaflops,
          100 * gigaflops / peak,
          4 * weights / micros(0.5) / 1e3);
    }
  }
}
