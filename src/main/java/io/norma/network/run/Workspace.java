package io.norma.network.run;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.MemoryLimitException;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Memory for one run at a time: an array that grows to the largest {@link MemoryPlan} it has served
 * and is kept between runs. FP32 tensors go where the plan says; others, and those that no plan
 * foresaw, to the heap. All of it is reserved from a {@link MemoryBudget} before it is allocated,
 * what lies on the heap until no value of the run needs it. Not safe for use by several threads.
 */
public final class Workspace implements Memory {
  private final MemoryBudget budget;
  private float[] floats = new float[0];
  private @Nullable MemoryPlan plan;

  /** Whether the run is no longer the one that the plan was made from: the rest is on the heap. */
  private boolean astray;

  /** What was handed out in runs by the same plan, by step and ordinal: the same comes again. */
  private @Nullable Tensor[][] handedOut = new Tensor[0][];

  private MemoryPlan.@Nullable Recorder recorder;
  private int step;
  private int ordinal;

  /** Arrays of this run on the heap. */
  private final IdentityHashMap<Object, HeapArray> heap = new IdentityHashMap<>();

  private final List<HeapArray> heapOfStep = new ArrayList<>();
  private long reserved;

  /** Bytes of tensors that outlive the run, until it ends. */
  private long outputs;

  /** An array on the heap, and how many values of the run stand in it. */
  private static final class HeapArray {
    private final Object array;
    private final long bytes;
    private int values;

    private HeapArray(Object array, long bytes) {
      this.array = array;
      this.bytes = bytes;
    }
  }

  /** A workspace that may take all the memory there is. */
  public Workspace() {
    this(MemoryBudget.unlimited());
  }

  /** A workspace that shares a budget; {@link #free} it when it is not needed any more. */
  public Workspace(MemoryBudget budget) {
    this.budget = budget;
  }

  void replay(MemoryPlan plan) {
    begin();
    boolean grows = floats.length < plan.length();
    if (grows) {
      long held = bytes();
      take(4L * plan.length() - held);
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
  void made(List<Tensor> results) {
    if (recorder != null) {
      recorder.made(results);
    } else if (plan != null && !astray) {
      astray = !plan.foresaw(step, results, floats);
    }
  }

  /** Notes that a value of the run stands in this tensor. */
  void keep(Tensor tensor) {
    HeapArray held = heap.isEmpty() ? null : heap.get(tensor.array());
    if (held != null) {
      held.values++;
    }
  }

  /** Notes that a value that stood in this tensor is not read any more. */
  void drop(Tensor tensor) {
    HeapArray held = heap.isEmpty() ? null : heap.get(tensor.array());
    if (held != null && --held.values == 0) {
      release(held);
    }
  }

  /** Lets go of what the current step asked for and no value needs. */
  void endStep() {
    for (HeapArray held : heapOfStep) {
      if (held.values == 0) {
        release(held);
      }
    }
    heapOfStep.clear();
  }

  /** A value with an array of its own that outlives the run: a copy, unless it has one already. */
  Tensor handOut(Tensor value) {
    HeapArray own = heap.get(value.array());
    long bytes = bytes(value.dataType(), value.shape());
    if (own != null && own.bytes == bytes) {
      heap.remove(own.array);
      outputs += bytes;
      return value;
    }
    reserveOutput(value.dataType(), value.shape());
    return value.copy();
  }

  /** A tensor that outlives the run. */
  Tensor output(DataType dataType, Shape shape) {
    reserveOutput(dataType, shape);
    return Tensor.zeros(dataType, shape);
  }

  private void reserveOutput(DataType dataType, Shape shape) {
    long bytes = bytes(dataType, shape);
    reserve(bytes, dataType, shape);
    outputs += bytes;
  }

  /** Lets go of all that the run has on the heap. */
  private void endRun() {
    heap.values().forEach(held -> unreserve(held.bytes));
    heap.clear();
    heapOfStep.clear();
  }

  /** Hands over the outputs of one run, or of several that made one, and keeps nothing else. */
  void endRuns() {
    endRun();
    unreserve(outputs);
    outputs = 0;
  }

  private void release(HeapArray held) {
    if (heap.remove(held.array) != null) {
      unreserve(held.bytes);
    }
  }

  private void take(long bytes) {
    budget.reserve(bytes, reserved);
    reserved += bytes;
  }

  private void reserve(long bytes, DataType dataType, Shape shape) {
    try {
      take(bytes);
    } catch (MemoryLimitException e) {
      throw e.of(
          "a value of %s%s takes %d bytes, and with what the run holds besides "
              .formatted(dataType, shape, bytes));
    }
  }

  private static long bytes(DataType dataType, Shape shape) {
    return (long) shape.size() * dataType.bytes();
  }

  private void unreserve(long bytes) {
    budget.release(bytes);
    reserved -= bytes;
  }

  @Override
  public Tensor allocate(DataType dataType, Shape shape) {
    if (dataType != DataType.FP32) {
      return onHeap(dataType, shape);
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
    try {
      take(bytes);
    } catch (MemoryLimitException e) {
      throw e.of(
          "tables of a layer take %d bytes, and with what the run holds besides ".formatted(bytes));
    }
    HeapArray tables = new HeapArray(new Object(), bytes);
    heap.put(tables.array, tables);
    heapOfStep.add(tables);
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
    Tensor tensor = onHeap(DataType.FP32, shape);
    if (recorder != null) {
      // What a test run would find at zero, a real one finds overwritten: leave no zeros to rely
      // on.
      Arrays.fill(tensor.floats(), Float.NaN);
      recorder.allocated(tensor);
    }
    return tensor;
  }

  private Tensor onHeap(DataType dataType, Shape shape) {
    long bytes = bytes(dataType, shape);
    reserve(bytes, dataType, shape);
    Tensor tensor = Tensor.zeros(dataType, shape);
    HeapArray held = new HeapArray(tensor.array(), bytes);
    heap.put(held.array, held);
    heapOfStep.add(held);
    return tensor;
  }

  /** Bytes held between runs. */
  public long bytes() {
    return 4L * floats.length;
  }

  /** Lets go of all memory. */
  public void free() {
    endRuns();
    unreserve(reserved);
    floats = new float[0];
    plan = null;
    handedOut = new Tensor[0][];
  }
}
