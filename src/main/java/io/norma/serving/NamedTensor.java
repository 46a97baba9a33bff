package io.norma.serving;

import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Tensor;

/**
 * A tensor by the name that the network gives it.
 *
 * @param elementType what its elements are outside of the engine
 */
public record NamedTensor(String name, Tensor tensor, ElementType elementType) {
  public NamedTensor(String name, Tensor tensor) {
    this(name, tensor, ElementType.of(tensor.dataType()));
  }
}
