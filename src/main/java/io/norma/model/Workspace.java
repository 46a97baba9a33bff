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
  private MemoryPlan.@Nullable Recorder recorder;
  private int step;
  private int ordinal;

  void replay(MemoryPlan plan) {
    this.plan = plan;
    recorder = null;
    step = -1;
    if (floats.length < plan.length()) {
      floats = new float[plan.length()];
    }
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
    if (plan != null) {
      int offset = plan.offset(step, ordinal++, shape.size());
      if (offset >= 0) {
        return Tensor.of(DataType.FP32, shape, floats, offset);
      }
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
