package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.Value;
import java.util.ArrayList;
import java.util.List;

/** A layer some of whose outputs are, or may be, sequences. */
public interface ValueLayer extends Layer {
  @Override
  List<? extends Value> values(Inputs inputs, Memory memory);

  /**
   * Computes outputs that are tensors.
   *
   * @throws IllegalArgumentException if one is a sequence
   */
  @Override
  default List<Tensor> forward(Inputs inputs, Memory memory) {
    List<Tensor> tensors = new ArrayList<>();
    for (Value value : values(inputs, memory)) {
      if (!(value instanceof Tensor tensor)) {
        throw new IllegalArgumentException("expected a tensor as output, got " + value);
      }
      tensors.add(tensor);
    }
    return tensors;
  }
}
