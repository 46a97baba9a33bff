package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.Value;
import java.util.List;

/**
 * What a network is made of: a function of tensors that keeps no state between calls. An
 * implementation is an immutable record of its attributes, validated when it is made; weights come
 * as inputs.
 */
public interface Layer {
  /**
   * Computes the outputs.
   *
   * @param inputs tensors in the order that the layer's documentation gives; optional ones may be
   *     absent
   * @param memory where outputs and scratch space come from; an output may also be a view of an
   *     input
   * @return as many outputs as the layer has, in its documented order
   * @throws IllegalArgumentException if a data type or shape does not fit; the message says what
   *     was expected and what came
   */
  List<Tensor> forward(Inputs inputs, Memory memory);

  /**
   * Computes the outputs, some of which may be sequences: what a network calls. The same as {@link
   * #forward} for layers of tensors.
   */
  default List<? extends Value> values(Inputs inputs, Memory memory) {
    return forward(inputs, memory);
  }
}
