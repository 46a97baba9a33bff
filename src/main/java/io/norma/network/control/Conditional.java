package io.norma.network.control;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.ValueLayer;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.Value;
import java.util.List;

/**
 * One of two branches: {@code y = condition ? then(x…) : otherwise(x…)}.
 *
 * <p>One condition decides for all rows of a batch, so that a network with a condition that depends
 * on elements is never run in parts of a batch.
 *
 * <p>Inputs: condition, BOOL, one element; the captured values in their order. Outputs: those of
 * the branch taken, tensors or sequences. Source: ONNX {@code If}.
 *
 * @param captured names that the branches read of the graph around them
 */
public record Conditional(Subgraph then, Subgraph otherwise, List<String> captured)
    implements ValueLayer, GraphLayer {
  public Conditional {
    captured = List.copyOf(captured);
  }

  public Conditional(Subgraph then, Subgraph otherwise) {
    this(then, otherwise, Captured.of(then, otherwise));
  }

  @Override
  public List<Subgraph> graphs() {
    return List.of(then, otherwise);
  }

  @Override
  public List<? extends Value> values(Inputs inputs, Memory memory) {
    Subgraph branch = holds(inputs.get(0)) ? then : otherwise;
    return branch.run(List.of(), Captured.values(captured, inputs, 1), memory);
  }

  /**
   * Whether a condition holds.
   *
   * @throws IllegalArgumentException if it is not one element of BOOL
   */
  static boolean holds(Tensor condition) {
    if (condition.dataType() != DataType.BOOL || condition.size() != 1) {
      throw new IllegalArgumentException(
          "expected a condition of one element of BOOL, got " + condition);
    }
    return condition.getLong(0) != 0;
  }
}
