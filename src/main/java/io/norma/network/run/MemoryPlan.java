package io.norma.network.run;

import io.norma.kernel.compute.CacheLines;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Where in a workspace each FP32 tensor of a run goes, for one set of input shapes: tensors that
 * are never alive together share memory. Made by watching a first run on heap memory.
 *
 * <p>Sizes and views of some layers follow the elements of their inputs, such as the sizes of a
 * resizing, so that another run with inputs of the same shapes may differ from the first one.
 * {@link #foresaw} tells, after each step, whether a run is still the one that was watched; from
 * the step on that is not, nothing that stands in the workspace may be overwritten.
 *
 * <p>A tensor that another one holds, as joined maps do, stands inside it from the start where that
 * is possible, so that nothing is copied.
 *
 * <p>Placement is {@linkplain PlacementBySize greedy by size}, or {@linkplain PlacementByStep step
 * by step} where there are so many tensors that this would take long.
 */
final class MemoryPlan {

  /**
   * The floats that steps leave for later ones.
   *
   * @param atOnce the most that are alive at one time
   * @param inAll their sum over the run
   */
  record Flow(long atOnce, long inAll) {}

  /** What comes out of a run. */
  record Output(DataType dataType, Shape shape) {}

  /** Stands for a value that is in no tensor of the plan, such as a view of an input. */
  private static final int ELSEWHERE = -1;

  private final int[][] offsets;
  private final int[][] sizes;

  /** Where each result of a step begins, and how many floats it has. */
  private final int[][] resultOffsets;

  private final int[][] resultSizes;
  private final int length;
  private final Flow flow;
  private final List<Output> outputs;

  private MemoryPlan(
      int[][] offsets,
      int[][] sizes,
      int[][] resultOffsets,
      int[][] resultSizes,
      int length,
      Flow flow,
      List<Output> outputs) {
    this.offsets = offsets;
    this.sizes = sizes;
    this.resultOffsets = resultOffsets;
    this.resultSizes = resultSizes;
    this.length = length;
    this.flow = flow;
    this.outputs = outputs;
  }

  /** How many steps a run has. */
  int steps() {
    return offsets.length;
  }

  /** How many tensors a step asks for. */
  int tensors(int step) {
    return offsets[step].length;
  }

  /** Floats that the workspace must hold. */
  int length() {
    return length;
  }

  /** What passes from one step to others. */
  Flow flow() {
    return flow;
  }

  /** The network's outputs, in their order. */
  List<Output> outputs() {
    return outputs;
  }

  /**
   * Offset of the {@code ordinal}-th tensor that a step asks for, or −1 if it was not foreseen so
   * large.
   */
  int offset(int step, int ordinal, int size) {
    return ordinal < sizes[step].length && size <= sizes[step][ordinal]
        ? offsets[step][ordinal]
        : -1;
  }

  /** Whether the {@code ordinal}-th tensor that a step asks for was of this size. */
  boolean isSize(int step, int ordinal, int size) {
    return ordinal < sizes[step].length && size == sizes[step][ordinal];
  }

  /**
   * Whether the results of a step are those of the run that was watched: the same parts of the same
   * tensors. If so, they live as long as the plan has it.
   *
   * @param workspace the array that the plan's tensors stand in
   */
  @SuppressWarnings("ReferenceEquality") // the same array, not one alike
  boolean foresaw(int step, List<Tensor> results, float[] workspace) {
    int[] expected = resultOffsets[step];
    if (results.size() != expected.length) {
      return false;
    }
    for (int i = 0; i < expected.length; i++) {
      Tensor result = results.get(i);
      if (result.dataType() != DataType.FP32) {
        continue;
      }
      int offset = result.array() == workspace ? result.offset() : ELSEWHERE;
      if (offset != expected[i] || result.size() != resultSizes[step][i]) {
        return false;
      }
    }
    return true;
  }

  /** Watches one run: which tensors each step asks for, and which steps read them later. */
  static final class Recorder {
    /** What a plan may grow by for the sake of saving copies. */
    private static final double GROWTH = 1.1;

    /** Of one whole; those behind them are copied. */
    private static final int MOST_PARTS = 512;

    /** Groups that each may be held against all others. */
    private static final int FEW = 4096;

    private final List<List<TensorLife>> steps = new ArrayList<>();
    private final List<List<Result>> results = new ArrayList<>();
    private final List<Join> joins = new ArrayList<>();
    private final List<Output> outputs = new ArrayList<>();

    /**
     * Arrays equal themselves alone. Weak, so that a first run holds no more than it still reads.
     */
    private final Map<Object, TensorLife> livesByArray = new WeakHashMap<>();

    /** What a step made: part of a tensor that was asked for, or something else. */
    private record Result(@Nullable TensorLife life, int from, int size) {}

    private record Join(TensorLife whole, List<TensorGroup.Part> parts, Set<TensorLife> known) {}

    void beginStep() {
      steps.add(new ArrayList<>());
      results.add(List.of());
    }

    /** Notes what the current step made. */
    void made(List<Tensor> tensors) {
      List<Result> made = new ArrayList<>(tensors.size());
      for (Tensor tensor : tensors) {
        made.add(new Result(livesByArray.get(tensor.array()), tensor.offset(), tensor.size()));
      }
      results.set(results.size() - 1, made);
    }

    void allocated(Tensor tensor) {
      TensorLife life = new TensorLife(tensor.size(), steps.size() - 1);
      steps.getLast().add(life);
      livesByArray.put(tensor.array(), life);
    }

    /** Notes that a value is needed at the current step, by whichever name it goes. */
    void used(Tensor tensor) {
      usedUntil(tensor, steps.size() - 1);
    }

    /** Notes that a value is an output: it is needed until the run ends. */
    void usedAtEnd(Tensor tensor) {
      outputs.add(new Output(tensor.dataType(), tensor.shape()));
      usedUntil(tensor, Integer.MAX_VALUE);
    }

    private void usedUntil(Tensor tensor, int step) {
      TensorLife life = livesByArray.get(tensor.array());
      if (life != null) {
        life.last = Math.max(life.last, step);
      }
    }

    /** Notes that a whole, asked for at the current step, holds a part; parts come in order. */
    void holds(Tensor whole, int from, Tensor part) {
      TensorLife wholeLife = livesByArray.get(whole.array());
      TensorLife partLife = livesByArray.get(part.array());
      if (wholeLife == null || partLife == null || from % Place.ALIGNMENT != 0) {
        return;
      }
      boolean entire = partLife.size == part.size() && wholeLife.size == whole.size();
      if (!entire || part.size() == 0) {
        return;
      }
      if (joins.isEmpty() || joins.getLast().whole != wholeLife) {
        joins.add(new Join(wholeLife, new ArrayList<>(), new HashSet<>()));
      }
      Join join = joins.getLast();
      if (join.parts.size() < MOST_PARTS && join.known.add(partLife)) {
        join.parts.add(new TensorGroup.Part(from, partLife));
      }
    }

    MemoryPlan plan() {
      MemoryPlan apart = place();
      if (joins.isEmpty()) {
        return apart;
      }
      joins.forEach(join -> TensorGroup.join(join.whole, join.parts));
      MemoryPlan joined = place();
      return joined.length <= apart.length * GROWTH ? joined : apart;
    }

    private MemoryPlan place() {
      List<Place> places =
          steps.stream()
              .flatMap(List::stream)
              .map(life -> life.group)
              .distinct()
              .map(Place::new)
              .toList();
      int length =
          places.size() <= FEW ? PlacementBySize.place(places) : PlacementByStep.place(places);
      Map<TensorGroup, Place> placeOf = new HashMap<>();
      places.forEach(place -> placeOf.put(place.group, place));
      return new MemoryPlan(
          toArrays(life ->
              CacheLines.LEAD + Objects.requireNonNull(placeOf.get(life.group)).offsetOf(life)),
          toArrays(life -> life.size),
          resultsToArrays(result -> {
            TensorLife life = result.life;
            return life == null
                ? ELSEWHERE
                : CacheLines.LEAD
                    + Objects.requireNonNull(placeOf.get(life.group)).offsetOf(life)
                    + result.from;
          }),
          resultsToArrays(Result::size),
          CacheLines.LEAD + length,
          flow(),
          List.copyOf(outputs));
    }

    private Flow flow() {
      // What begins and ends to be alive at each step.
      long[] change = new long[steps.size() + 1];
      long sum = 0;
      for (List<TensorLife> lives : steps) {
        for (TensorLife life : lives) {
          if (life.last > life.first) {
            sum += life.size;
            change[life.first] += life.size;
            change[Math.min(life.last, steps.size() - 1) + 1] -= life.size;
          }
        }
      }
      long alive = 0;
      long most = 0;
      for (long each : change) {
        alive += each;
        most = Math.max(most, alive);
      }
      return new Flow(most, sum);
    }

    private int[][] toArrays(ToIntFunction<TensorLife> number) {
      return steps.stream()
          .map(lives -> lives.stream().mapToInt(number).toArray())
          .toArray(int[][]::new);
    }

    private int[][] resultsToArrays(ToIntFunction<Result> number) {
      return results.stream()
          .map(made -> made.stream().mapToInt(number).toArray())
          .toArray(int[][]::new);
    }
  }
}
