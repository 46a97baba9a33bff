package io.norma.network.run;

import io.norma.kernel.compute.matrix.WeightFormat;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.support.RandomSource;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.LimitException;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.Value;
import io.norma.network.BoundStatistics;
import io.norma.network.ExecutionObserver;
import io.norma.network.LayerException;
import io.norma.network.Network;
import io.norma.network.Normalization;
import io.norma.network.TensorMetadata;
import io.norma.network.compile.Compiler;
import io.norma.network.steps.Run;
import io.norma.network.steps.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A network made ready to run: steps in order, each value at a fixed place. Compiled once, run by
 * any number of threads at the same time, each with a {@link Workspace} of its own. Running
 * statistics are an argument of the run: the same plan, with the same packed weights, serves every
 * statistics set.
 *
 * <p>A row's frozen result depends on that row alone, to the bit.
 */
public final class ExecutionPlan {
  private static final int MEMORY_PLANS_KEPT = 32;

  /** Of all memory plans together: those of a network of very many steps are large. */
  private static final int STEPS_KEPT = 1 << 18;

  private static final int ABSENT = -1;

  private final Network network;
  private final Step[] steps;
  private final int[][] inputSlots;
  private final int[][] outputSlots;
  private final int[][] lastReadSlots;
  private final RowSlices slices;
  private final int[] networkInputSlots;
  private final int[] networkOutputSlots;
  private final int randomSlot;
  private final @Nullable Tensor[] constants;
  private final Map<List<Shape>, MemoryPlan> memoryPlans =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<List<Shape>, MemoryPlan> eldest) {
          return size() > Math.clamp(STEPS_KEPT / Math.max(1, steps.length), 2, MEMORY_PLANS_KEPT);
        }
      };

  ExecutionPlan(Network network, List<Step> steps) {
    this.network = network;
    this.steps = steps.toArray(Step[]::new);
    slices = new RowSlices(network);
    Slots slots = new Slots();
    networkInputSlots = slots.of(network.inputs().stream().map(TensorMetadata::name).toList());
    inputSlots = steps.stream().map(step -> slots.of(step.inputs())).toArray(int[][]::new);
    outputSlots = steps.stream().map(step -> slots.of(step.outputs())).toArray(int[][]::new);
    networkOutputSlots = slots.of(network.outputs().stream().map(TensorMetadata::name).toList());
    randomSlot = slots.find(RandomSource.NAME);
    constants = slots.constants(network.constants());
    lastReadSlots = lastReads(slots.count());
  }

  /** The slots that no step after this one reads, for each step. */
  private int[][] lastReads(int slots) {
    int[] last = new int[slots];
    for (int s = 0; s < steps.length; s++) {
      markLast(last, inputSlots[s], s);
      markLast(last, outputSlots[s], s);
    }
    markLast(last, networkOutputSlots, steps.length);
    int[] counts = new int[steps.length + 1];
    for (int step : last) {
      counts[step]++;
    }
    int[][] lasts = new int[steps.length][];
    Arrays.setAll(lasts, s -> new int[counts[s]]);
    for (int slot = slots - 1; slot >= 0; slot--) {
      if (last[slot] < lasts.length) {
        lasts[last[slot]][--counts[last[slot]]] = slot;
      }
    }
    return lasts;
  }

  private static void markLast(int[] last, int[] slots, int step) {
    for (int slot : slots) {
      if (slot != ABSENT) {
        last[slot] = step;
      }
    }
  }

  /** Compiles a network for serving by running statistics, with the weights that it has. */
  public static ExecutionPlan compile(Network network) {
    return compile(network, WeightFormat.FP32);
  }

  /**
   * Compiles a network for serving by running statistics.
   *
   * @param weights how those of dense layers are kept
   */
  public static ExecutionPlan compile(Network network, WeightFormat weights) {
    return new ExecutionPlan(network, Compiler.steps(network, weights));
  }

  /**
   * Compiles a network so that the values before each batch normalization can be seen and
   * normalized in every {@link Normalization}, with the weights that it has.
   */
  public static ExecutionPlan compileForObservation(Network network) {
    return new ExecutionPlan(network, Compiler.separateSteps(network));
  }

  public Network network() {
    return network;
  }

  /**
   * Makes running statistics ready for runs of this network's plans.
   *
   * @throws IllegalArgumentException if a layer is missing or has another number of channels
   */
  public BoundStatistics bind(RunningStatistics statistics) {
    return new BoundStatistics(network.batchNormalizations(), statistics);
  }

  /** Runs with no observer. */
  public List<Tensor> run(List<Tensor> inputs, Normalization normalization, Workspace workspace) {
    return run(inputs, normalization, workspace, ExecutionObserver.NONE);
  }

  /** Runs without a seed. */
  public List<Tensor> run(
      List<Tensor> inputs,
      Normalization normalization,
      Workspace workspace,
      ExecutionObserver observer) {
    return run(inputs, normalization, workspace, observer, null);
  }

  /**
   * Runs the network.
   *
   * @param inputs in the order of {@link Network#inputs()}, of the declared data types and shapes
   * @param workspace used by this run alone until it returns
   * @param seed of the random numbers that layers draw for which the file gives none: with the same
   *     one the outputs are the same; {@code null} if there shall be none
   * @return outputs in the order of {@link Network#outputs()}, with memory of their own
   * @throws LayerException if a layer finds that its inputs do not fit
   * @throws LimitException if the workspace's budget does not have what the run needs; the
   *     workspace can be used again
   */
  public List<Tensor> run(
      List<Tensor> inputs,
      Normalization normalization,
      Workspace workspace,
      ExecutionObserver observer,
      @Nullable Long seed) {
    try {
      return runOnce(inputs, normalization, workspace, observer, seed);
    } finally {
      workspace.endRuns();
    }
  }

  private List<Tensor> runOnce(
      List<Tensor> inputs,
      Normalization normalization,
      Workspace workspace,
      ExecutionObserver observer,
      @Nullable Long seed) {
    int rows = inputs.isEmpty() ? 1 : rows(inputs.getFirst());
    if (rows < 2 || !slices.allow(inputs, normalization, observer)) {
      List<Tensor> outputs = new ArrayList<>(networkOutputSlots.length);
      run(inputs, new Run(workspace, normalization, observer, seed), workspace)
          .forEach(output -> outputs.add(workspace.handOut(output)));
      return outputs;
    }
    return runInSlices(inputs, rows, normalization, workspace);
  }

  private static int rows(Tensor tensor) {
    return tensor.shape().rank() == 0 ? 1 : tensor.shape().dimension(0);
  }

  private List<Tensor> runInSlices(
      List<Tensor> inputs, int rows, Normalization normalization, Workspace workspace) {
    try {
      return new SlicedRun(this, slices, inputs, rows, normalization, workspace).run();
    } catch (LayerException e) {
      throw ofWhole(e, inputs, normalization, workspace);
    }
  }

  /** What a layer that refused a slice says of the batch: it speaks of shapes that were given. */
  private LayerException ofWhole(
      LayerException ofSlice,
      List<Tensor> inputs,
      Normalization normalization,
      Workspace workspace) {
    try {
      run(inputs, new Run(workspace, normalization, ExecutionObserver.NONE), workspace);
      return ofSlice;
    } catch (LayerException e) {
      return e;
    } catch (LimitException e) {
      ofSlice.addSuppressed(e);
      return ofSlice;
    }
  }

  private static List<Shape> shapes(List<Tensor> tensors) {
    return tensors.stream().map(Tensor::shape).toList();
  }

  /** How memory is laid out for inputs of these shapes, if that is known. */
  @Nullable MemoryPlan memoryPlan(List<Tensor> inputs) {
    return planFor(shapes(inputs));
  }

  private @Nullable MemoryPlan planFor(List<Shape> shapes) {
    synchronized (memoryPlans) {
      return memoryPlans.get(shapes);
    }
  }

  /** Runs steps on all of these rows; the outputs are valid until the workspace is used again. */
  List<Tensor> run(List<Tensor> inputs, Run run, Workspace workspace) {
    List<Shape> shapes = shapes(inputs);
    MemoryPlan memoryPlan = planFor(shapes);
    if (memoryPlan != null) {
      workspace.replay(memoryPlan);
      return run(inputs, run, workspace, null);
    }
    MemoryPlan.Recorder recorder = new MemoryPlan.Recorder();
    workspace.record(recorder);
    List<Tensor> outputs = run(inputs, run, workspace, recorder);
    synchronized (memoryPlans) {
      memoryPlans.put(shapes, recorder.plan());
    }
    return outputs;
  }

  private List<Tensor> run(
      List<Tensor> inputs, Run run, Workspace workspace, MemoryPlan.@Nullable Recorder recorder) {
    @Nullable Value[] values = new Value[constants.length];
    System.arraycopy(constants, 0, values, 0, values.length);
    for (int i = 0; i < networkInputSlots.length; i++) {
      values[networkInputSlots[i]] = inputs.get(i);
    }
    if (randomSlot != ABSENT) {
      values[randomSlot] = RandomSource.of(run.seed());
    }
    for (int s = 0; s < steps.length; s++) {
      workspace.beginStep();
      @Nullable Value[] arguments = new Value[inputSlots[s].length];
      for (int i = 0; i < arguments.length; i++) {
        int slot = inputSlots[s][i];
        Value argument = slot == ABSENT ? null : values[slot];
        arguments[i] = argument;
        if (recorder != null && argument != null) {
          argument.tensors().forEach(recorder::used);
        }
      }
      List<? extends Value> results = execute(steps[s], Inputs.of(arguments), run);
      workspace.made(results);
      for (int i = 0; i < outputSlots[s].length; i++) {
        if (outputSlots[s][i] != ABSENT) {
          Value result = result(steps[s], results, i);
          values[outputSlots[s][i]] = result;
          workspace.keep(result);
        }
      }
      // What lies on the heap, everything in a first run, must not stay until the run ends.
      for (int slot : lastReadSlots[s]) {
        Value value = values[slot];
        if (value != null) {
          workspace.drop(value);
          values[slot] = null;
        }
      }
      workspace.endStep();
    }
    List<Tensor> outputs = new ArrayList<>(networkOutputSlots.length);
    for (int slot : networkOutputSlots) {
      Tensor output = output(Objects.requireNonNull(values[slot]));
      if (recorder != null) {
        recorder.usedAtEnd(output);
      }
      outputs.add(output);
    }
    return outputs;
  }

  private Tensor output(Value value) {
    if (value instanceof Tensor tensor) {
      return tensor;
    }
    throw new LayerException(
        network.name(),
        new IllegalArgumentException("an output must be a tensor, but is " + value));
  }

  private static Value result(Step step, List<? extends Value> results, int index) {
    if (index < results.size()) {
      return results.get(index);
    }
    throw new LayerException(
        step.name(),
        new IllegalArgumentException(
            "the network reads output %d, '%s', but the layer makes %d: correct the model"
                .formatted(index, step.outputs().get(index), results.size())));
  }

  private static List<? extends Value> execute(Step step, Inputs inputs, Run run) {
    try {
      return step.execute(inputs, run);
    } catch (IllegalArgumentException | ArithmeticException e) {
      // A sum of sizes that passes 2³¹−1 is an arithmetic exception.
      throw new LayerException(step.name(), e);
    } catch (LimitException e) {
      throw e.of("layer '" + step.name() + "': ");
    }
  }

  /** Gives each value a place in the array of values of a run. */
  private static final class Slots {
    private final Map<String, Integer> slots = new LinkedHashMap<>();

    int[] of(List<String> names) {
      return names.stream()
          .mapToInt(
              name -> name.isEmpty() ? ABSENT : slots.computeIfAbsent(name, n -> slots.size()))
          .toArray();
    }

    int find(String name) {
      return slots.getOrDefault(name, ABSENT);
    }

    int count() {
      return slots.size();
    }

    @Nullable Tensor[] constants(Map<String, Tensor> constants) {
      @Nullable Tensor[] values = new Tensor[slots.size()];
      slots.forEach((name, slot) -> values[slot] = constants.get(name));
      return values;
    }
  }
}
