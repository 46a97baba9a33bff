package io.norma.network.run;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.NestedMemory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.TensorSequence;
import io.norma.kernel.tensor.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Memory for one run at a time: an array that grows to the largest {@link MemoryPlan} it has served
 * and is kept between runs. FP32 tensors go where the plan says; others, those that no plan foresaw
 * and those of nested graphs, to the heap. All of it is reserved from a {@link MemoryBudget} before
 * it is allocated, what lies on the heap until no value of the run needs it. Not safe for use by
 * several threads, but that a run may give each of its own a workspace {@linkplain #of beside} it.
 */
public final class Workspace implements Memory {
  private final HeapValues heap;
  private final HeapValues.Asked asked = new HeapValues.Asked();
  private final Effort effort;
  private float[] floats = new float[0];
  private @Nullable MemoryPlan plan;

  /** Whether the run is no longer the one that the plan was made from: the rest is on the heap. */
  private boolean astray;

  /** What was handed out in runs by the same plan, by step and ordinal: the same comes again. */
  private @Nullable Tensor[][] handedOut = new Tensor[0][];

  private MemoryPlan.@Nullable Recorder recorder;
  private int step;
  private int ordinal;

  /** Bytes of tensors that outlive the run, until it ends. */
  private long outputs;

  private final MemoryBudget budget;

  /** For threads that take a part of a run's rows, by worker; that of worker 0 is this one. */
  private @Nullable Workspace[] workers = new Workspace[0];

  /** A workspace that may take all the memory there is. */
  public Workspace() {
    this(MemoryBudget.unlimited());
  }

  /** A workspace that shares a budget; {@link #free} it when it is not needed any more. */
  public Workspace(MemoryBudget budget) {
    this(budget, RunLimits.none());
  }

  /**
   * A workspace that shares a budget; {@link #free} it when it is not needed any more.
   *
   * @param limits what each run may take besides
   */
  public Workspace(MemoryBudget budget, RunLimits limits) {
    this(budget, new Effort(limits));
  }

  private Workspace(MemoryBudget budget, Effort effort) {
    this.budget = budget;
    this.effort = effort;
    heap = new HeapValues(budget);
  }

  /** Begins runs that make one, of so many workers at most. */
  void beginRuns(int threads) {
    effort.begin();
    if (workers.length < threads) {
      workers = Arrays.copyOf(workers, threads);
    }
  }

  /** The workspace of a worker, who alone uses it. */
  Workspace of(int worker) {
    if (worker == 0) {
      return this;
    }
    Workspace own = workers[worker];
    if (own == null) {
      own = new Workspace(budget, effort.part());
      workers[worker] = own;
    }
    return own;
  }

  /** Lets go of the memory of all workers but this one's own. */
  void freeWorkers() {
    for (Workspace worker : workers) {
      if (worker != null) {
        worker.free();
      }
    }
    workers = new Workspace[0];
  }

  void replay(MemoryPlan plan) {
    begin();
    boolean grows = floats.length < plan.length();
    if (grows) {
      long held = 4L * floats.length;
      heap.take(4L * plan.length() - held);
      floats = new float[0];
      floats = new float[plan.length()];
    }
    if (grows || this.plan != plan) {
      handedOut = new Tensor[plan.steps()][];
      for (int s = 0; s < handedOut.length; s++) {
        handedOut[s] = new Tensor[plan.tensors(s)];
      }
    }
    this.plan = plan;
    recorder = null;
    step = -1;
  }

  void record(MemoryPlan.Recorder recorder) {
    begin();
    this.recorder = recorder;
    plan = null;
  }

  private void begin() {
    endRun();
    effort.begin();
    astray = false;
  }

  void beginStep() {
    step++;
    ordinal = 0;
    if (recorder != null) {
      recorder.beginStep();
    }
  }

  /** Notes what the current step made, before any of it is kept. */
  void made(List<? extends Value> values) {
    if (recorder != null) {
      recorder.made(tensors(values));
    } else if (plan != null && !astray) {
      astray = !plan.foresaw(step, tensors(values), floats);
    }
  }

  /** The tensors in values, those of sequences in their place. */
  @SuppressWarnings("unchecked") // where there is no sequence there are tensors alone
  private static List<Tensor> tensors(List<? extends Value> values) {
    for (Value value : values) {
      if (value instanceof TensorSequence) {
        List<Tensor> tensors = new ArrayList<>();
        values.forEach(each -> tensors.addAll(each.tensors()));
        return tensors;
      }
    }
    return (List<Tensor>) values;
  }

  /** Notes that a name of the run stands for this value. */
  void keep(Value value) {
    heap.keep(value);
  }

  /** Notes that a name that stood for this value is not read any more. */
  void drop(Value value) {
    heap.drop(value);
  }

  /** Lets go of what the current step asked for and no value needs. */
  void endStep() {
    heap.end(asked);
    effort.checkTime();
  }

  /** A value with an array of its own that outlives the run: a copy, unless it has one already. */
  Tensor handOut(Tensor value) {
    long bytes = heap.handOut(value);
    if (bytes >= 0) {
      outputs += bytes;
      return value;
    }
    takeOutput(value.dataType(), value.shape());
    return value.copy();
  }

  /** A tensor that outlives the run. */
  Tensor output(DataType dataType, Shape shape) {
    takeOutput(dataType, shape);
    return Tensor.zeros(dataType, shape);
  }

  private void takeOutput(DataType dataType, Shape shape) {
    long bytes = HeapValues.bytes(dataType, shape);
    heap.take(bytes, dataType, shape);
    outputs += bytes;
  }

  /** Lets go of all that the run has on the heap. */
  private void endRun() {
    heap.clear();
    heap.end(asked);
  }

  /** Hands over the outputs of one run, or of several that made one, and keeps nothing else. */
  void endRuns() {
    effort.end();
    endRun();
    for (Workspace worker : workers) {
      if (worker != null) {
        worker.endRun();
      }
    }
    heap.giveBack(outputs);
    outputs = 0;
  }

  @Override
  public Tensor allocate(DataType dataType, Shape shape) {
    if (dataType != DataType.FP32) {
      return heap.allocate(dataType, shape, asked);
    }
    Tensor known = known();
    if (known != null && known.shape().equals(shape)) {
      ordinal++;
      return known;
    }
    if (plan != null && !plan.isSize(step, ordinal, shape.size())) {
      // A value of another size than the one that was laid out, and so all that follows.
      astray = true;
    }
    return place(shape);
  }

  @Override
  public Tensor scratch(Shape shape) {
    Tensor known = known();
    if (known != null && known.shape().equals(shape)) {
      ordinal++;
      return known;
    }
    return place(shape);
  }

  @Override
  public Tensor scratch(int length) {
    Tensor known = known();
    if (known != null && known.shape().rank() == 1 && known.size() == length) {
      ordinal++;
      return known;
    }
    return place(Shape.of(length));
  }

  @Override
  public void reserve(long bytes) {
    heap.reserve(bytes, asked);
  }

  @Override
  public void work(long operations) {
    effort.add(operations);
  }

  @Override
  public TensorSequence sequence(DataType dataType, List<Tensor> tensors) {
    return heap.sequence(dataType, tensors, asked);
  }

  @Override
  public NestedMemory nested() {
    return new NestedWorkspace(heap, effort, asked);
  }

  @Override
  public boolean holds(Tensor whole, int from, Tensor part) {
    if (recorder != null) {
      recorder.holds(whole, from, part);
    }
    return Memory.super.holds(whole, from, part);
  }

  /** What the step at hand got at this point in the run before. */
  private @Nullable Tensor known() {
    return plan != null && !astray && ordinal < handedOut[step].length
        ? handedOut[step][ordinal]
        : null;
  }

  private Tensor place(Shape shape) {
    if (plan != null && !astray) {
      int offset = plan.offset(step, ordinal, shape.size());
      if (offset >= 0) {
        Tensor tensor = Tensor.of(DataType.FP32, shape, floats, offset);
        handedOut[step][ordinal++] = tensor;
        return tensor;
      }
      ordinal++;
    }
    Tensor tensor = heap.allocate(DataType.FP32, shape, asked);
    if (recorder != null) {
      // What a test run would find at zero, a real one finds overwritten: leave no zeros to rely
      // on.
      Arrays.fill(tensor.floats(), Float.NaN);
      recorder.allocated(tensor);
    }
    return tensor;
  }

  /** Bytes held between runs. */
  public long bytes() {
    long bytes = 4L * floats.length;
    for (Workspace worker : workers) {
      bytes += worker == null ? 0 : worker.bytes();
    }
    return bytes;
  }

  /** Lets go of all memory. */
  public void free() {
    endRuns();
    freeWorkers();
    heap.giveBack(heap.reserved());
    floats = new float[0];
    plan = null;
    handedOut = new Tensor[0][];
  }
}
