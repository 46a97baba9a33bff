package io.norma.onnx;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.LimitException;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.TimeLimit;
import io.norma.kernel.tensor.WorkLimit;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.file.OnnxTensors;
import io.norma.onnx.operators.OnnxOperators;
import io.norma.onnx.proto.TensorProto;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Computes on import what depends on constants alone; all that one import makes is counted. */
final class ConstantFolding {
  private final MemoryBudget budget;
  private final WorkLimit limit;
  private final TimeLimit.Deadline deadline;
  private long reserved;
  private long work;

  /** Of the budget that the one for what is computed is part of: widening is reading. */
  private long widened;

  private final Memory counted =
      new Memory() {
        @Override
        public Tensor allocate(DataType dataType, Shape shape) {
          reserve((long) shape.size() * dataType.bytes());
          return Tensor.zeros(dataType, shape);
        }

        @Override
        public void reserve(long bytes) {
          budget.reserve(bytes, reserved);
          reserved += bytes;
        }

        @Override
        public void work(long operations) {
          work = limit.add(work, operations);
        }
      };

  ConstantFolding(MemoryBudget budget, WorkLimit limit, TimeLimit.Deadline deadline) {
    this.budget = budget;
    this.limit = limit;
    this.deadline = deadline;
  }

  /** Whether an operator gives the same outputs whenever its inputs are the same. */
  static boolean isDeterministic(String operator) {
    return !operator.equals("Dropout") && !OnnxOperators.drawsRandomNumbers(operator);
  }

  /**
   * The layer's outputs for these inputs.
   *
   * @throws MalformedOnnxException if the inputs do not fit the layer
   * @throws LimitException if the budget does not have the bytes
   */
  List<Tensor> compute(String node, Layer layer, @Nullable Tensor[] inputs) {
    try {
      deadline.check();
      count(Arrays.asList(inputs));
      List<Tensor> outputs = layer.forward(Inputs.of(inputs), counted);
      count(outputs);
      return outputs;
    } catch (LimitException e) {
      throw e.of(
          "node "
              + node
              + ", whose inputs are constants, is computed when the model is loaded, with all"
              + " others of its kind: ");
    } catch (IllegalArgumentException
        | ArithmeticException
        | IndexOutOfBoundsException
        | NegativeArraySizeException e) {
      throw new MalformedOnnxException(
          "node " + node + ", whose inputs are constants, cannot be computed: " + e.getMessage(),
          e);
    }
  }

  /** What any layer does for each element that it reads or writes. */
  private void count(List<? extends @Nullable Tensor> tensors) {
    for (Tensor tensor : tensors) {
      counted.work(tensor == null ? 0 : tensor.size());
    }
  }

  /**
   * Reserves what a tensor of 16-bit numbers takes as FP32 besides its bytes in the file.
   *
   * @throws LimitException if there are no such bytes
   */
  void reserveToWiden(String what, TensorProto tensor) {
    long bytes = OnnxTensors.widenedBytes(tensor);
    try {
      budget.root().reserve(bytes, widened);
      widened += bytes;
    } catch (LimitException e) {
      throw e.of(
          what
              + ", of 16-bit numbers, is widened to FP32 when the model is loaded, with all others"
              + " of its kind: ");
    }
  }

  /** Gives back what was reserved: from now on others count it, or nobody has it. */
  void release() {
    budget.release(reserved);
    budget.root().release(widened);
    reserved = 0;
    widened = 0;
  }
}
