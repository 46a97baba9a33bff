package io.norma.model;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Memory for one run at a time: an array that grows to the largest {@link MemoryPlan} it has served
 * and is kept between runs. FP32 tensors go where the plan says; others, and those that no plan
 * foresaw, to the heap. Not safe for use by several threads.
 */
public final class Workspace implements Memory {
  private float[] floats = new float[0];
  private @Nullable MemoryPlan plan;

  /** What was handed out in runs by the same plan, by step and ordinal: the same comes again. */
  private @Nullable Tensor[][] handedOut = new Tensor[0][];

  private MemoryPlan.@Nullable Recorder recorder;
  private int step;
  private int ordinal;

  void replay(MemoryPlan plan) {
    boolean grows = floats.length < plan.length();
    if (grows) {
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
    this.recorder = recorder;
    plan = null;
  }

  void beginStep() {
    step++;
    ordinal = 0;
    if (recorder != null) {
      recorder.beginStep();
    }
  }

  @Override
  public Tensor allocate(DataType dataType, Shape shape) {
    if (dataType != DataType.FP32) {
      return Tensor.zeros(dataType, shape);
    }
    Tensor known = known();
    if (known != null && known.shape().equals(shape)) {
      ordinal++;
      return known;
    }
    return allocate(shape);
  }

  @Override
  public Tensor scratch(int length) {
    Tensor known = known();
    if (known != null && known.shape().rank() == 1 && known.size() == length) {
      ordinal++;
      return known;
    }
    return allocate(Shape.of(length));
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
    return plan != null && ordinal < handedOut[step].length ? handedOut[step][ordinal] : null;
  }

  private Tensor allocate(Shape shape) {
    if (plan != null) {
      int offset = plan.offset(step, ordinal, shape.size());
      if (offset >= 0) {
        Tensor tensor = Tensor.of(DataType.FP32, shape, floats, offset);
        handedOut[step][ordinal++] = tensor;
        return tensor;
      }
      ordinal++;
    }
    Tensor tensor = Tensor.zeros(DataType.FP32, shape);
    if (recorder != null) {
      // What a test run would find at zero, a real one finds overwritten: leave no zeros to rely
      // on.
      Arrays.fill(tensor.floats(), Float.NaN);
      recorder.allocated(tensor);
    }
    return tensor;
  }

  /** Bytes held. */
  public long bytes() {
    return 4L * floats.length;
  }
}
