package io.norma.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.compute.Simd;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.RowSlices;
import io.norma.network.run.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random networks, fused and layer by layer, against the definition in double, with one workspace
 * for runs of several sizes. {@code -Dtest.networks=20000} tries as many, {@code
 * -Dtest.networks.seed=1} others.
 */
final class RandomNetworkTest {
  private static final double TOLERANCE = 2e-5;
  private static final int NETWORKS = Integer.getInteger("test.networks", 300);
  private static final long SEED = Long.getLong("test.networks.seed", 0);

  /** How many roundings of its own a network is allowed for each of its inputs'. */
  private static final int ROUNDINGS = 16;

  /** Products of a run that a float64 definition takes a moment for. */
  private static final long LARGEST = 30_000_000;

  @Test
  void fusedAndSeparateStepsAgreeWithTheDefinition() {
    List<String> faults = new ArrayList<>();
    int compared = 0;
    for (long seed = SEED; seed < SEED + NETWORKS; seed++) {
      try {
        compared += compare(seed, faults);
      } catch (RuntimeException | Error e) {
        StackTraceElement[] at = e.getStackTrace();
        faults.add("seed " + seed + ": " + e + (at.length == 0 ? "" : " at " + at[0]));
      }
    }
    assertThat(faults).as("%d runs of %d networks", compared, NETWORKS).isEmpty();
    // Windows that fit none of the sizes are few.
    assertThat(compared).isGreaterThan(2 * NETWORKS);
    System.out.printf(
        "%d runs of %d networks from seed %d agree, on %s steps%n",
        compared, NETWORKS, SEED, Simd.isAvailable() ? "fused" : "separate");
  }

  private static int compare(long seed, List<String> faults) {
    RandomNetwork random = RandomNetwork.of(seed);
    Network network = random.network();
    Comparison comparison = new Comparison(seed, network, faults);
    List<Tensor> first = random.inputs(true);
    List<Tensor> second = random.inputs(true);
    RunningStatistics own = network.runningStatistics();
    RunningStatistics other = random.statistics();
    comparison.run("a size", first, own, own);
    comparison.run("the same, other elements", random.others(first, true), own, own);
    comparison.run("another size", second, own, own);
    comparison.run("sets by row", random.others(second, true), own, other);
    comparison.run("the first size again", random.others(first, true), other, other);
    comparison.run("not all finite", random.others(first, false), own, own);
    return comparison.compared;
  }

  private static final class Comparison {
    private final long seed;
    private final Network network;
    private final List<String> faults;
    private final ExecutionPlan fused;
    private final ExecutionPlan separate;
    private final Workspace workspace = new Workspace();
    private final Workspace another = new Workspace();
    private int compared;

    Comparison(long seed, Network network, List<String> faults) {
      this.seed = seed;
      this.network = network;
      this.faults = faults;
      fused = ExecutionPlan.compile(network);
      separate = ExecutionPlan.compileForObservation(network);
    }

    /** One run whose even rows have one set of running statistics, and odd ones another. */
    void run(String what, List<Tensor> inputs, RunningStatistics even, RunningStatistics odd) {
      int rows = inputs.getFirst().shape().dimension(0);
      List<RunningStatistics> sets = new ArrayList<>();
      for (int row = 0; row < rows; row++) {
        sets.add(row % 2 == 0 ? even : odd);
      }
      List<DoubleTensor> right;
      try {
        right = Definitions.run(network, inputs, sets, LARGEST);
      } catch (Definitions.DoesNotFit e) {
        return;
      }
      Normalization normalization = normalization(fused, sets);
      List<Tensor> outputs = fused.run(inputs, normalization, workspace);
      check(what + ", fused", right, outputs, inputs, sets);
      List<Tensor> separately = separate.run(inputs, normalization(separate, sets), another);
      check(what + ", separate", right, separately, inputs, sets);
      if (rows > 1 && inputs.size() == 1) {
        List<Tensor> alone =
            fused.run(
                RowSlices.of(inputs, rows - 1, rows),
                normalization(fused, sets.subList(rows - 1, rows)),
                workspace);
        Tensor y = outputs.getFirst();
        boolean same =
            Arrays.equals(alone.getFirst().toFloatArray(), y.rows(rows - 1, rows).toFloatArray());
        if (!same) {
          faults.add("seed %d, %s: a row alone has other bits".formatted(seed, what));
        }
      }
      compared++;
    }

    /**
     * How far the definition itself is off, several times over, when its inputs and weights are
     * rounded otherwise in their last place: where little is left of large sums, no float32
     * arithmetic comes closer.
     */
    private double roundedInputs(
        List<DoubleTensor> right, int output, List<Tensor> inputs, List<RunningStatistics> sets) {
      Random random = new Random(seed);
      double farthest = 0;
      for (int i = 0; i < 4; i++) {
        farthest = Math.max(farthest, roundedInputs(right, output, inputs, sets, random));
      }
      return ROUNDINGS * farthest;
    }

    private double roundedInputs(
        List<DoubleTensor> right,
        int output,
        List<Tensor> inputs,
        List<RunningStatistics> sets,
        Random random) {
      List<Tensor> rounded = inputs.stream().map(input -> rounded(input, random)).toList();
      Map<String, Tensor> constants = new LinkedHashMap<>();
      network.constants().forEach((name, value) -> constants.put(name, rounded(value, random)));
      Network other =
          new Network(
              network.name(),
              network.inputs(),
              network.outputs(),
              network.nodes(),
              constants,
              network.batchNormalizations(),
              network.runningStatistics());
      IdentityHashMap<RunningStatistics, RunningStatistics> roundedSets = new IdentityHashMap<>();
      List<RunningStatistics> rows =
          sets.stream()
              .map(set -> roundedSets.computeIfAbsent(set, own -> rounded(own, random)))
              .toList();
      DoubleTensor moved = Definitions.run(other, rounded, rows, LARGEST).get(output);
      Tensor asFloats = Tensor.zeros(DataType.FP32, Shape.of(moved.shape()));
      for (int i = 0; i < asFloats.size(); i++) {
        asFloats.setDouble(i, moved.values()[i]);
      }
      double distance = right.get(output).distance(asFloats);
      return Double.isFinite(distance) ? distance : 0;
    }

    private static RunningStatistics rounded(RunningStatistics statistics, Random random) {
      Map<String, ChannelStatistics> layers = new LinkedHashMap<>();
      statistics
          .layers()
          .forEach((name, layer) ->
              layers.put(
                  name,
                  new ChannelStatistics(
                      rounded(Tensor.of(Shape.of(layer.channels()), layer.mean()), random).floats(),
                      layer.variance())));
      return new RunningStatistics(layers);
    }

    private static Tensor rounded(Tensor tensor, Random random) {
      Tensor copy = tensor.copy();
      for (int i = 0; copy.dataType() == DataType.FP32 && i < copy.size(); i++) {
        float value = copy.floats()[i];
        if (Float.isFinite(value)) {
          copy.floats()[i] = random.nextBoolean() ? Math.nextUp(value) : Math.nextDown(value);
        }
      }
      return copy;
    }

    private static Normalization normalization(ExecutionPlan plan, List<RunningStatistics> sets) {
      if (sets.isEmpty()) {
        return new Normalization.Frozen(plan.bind(plan.network().runningStatistics()));
      }
      if (Collections.frequency(sets, sets.getFirst()) == sets.size()) {
        return new Normalization.Frozen(plan.bind(sets.getFirst()));
      }
      return new Normalization.Frozen(
          RowStatistics.perRow(sets.stream().map(plan::bind).toArray(BoundStatistics[]::new)));
    }

    private void check(
        String what,
        List<DoubleTensor> right,
        List<Tensor> outputs,
        List<Tensor> inputs,
        List<RunningStatistics> sets) {
      for (int i = 0; i < right.size(); i++) {
        double distance = right.get(i).distance(outputs.get(i));
        if (!(distance <= TOLERANCE) && !(distance <= roundedInputs(right, i, inputs, sets))) {
          faults.add(
              "seed %d, %s: %.1e of the largest off, %s"
                  .formatted(seed, what, distance, outputs.get(i)));
        }
      }
    }
  }
}
