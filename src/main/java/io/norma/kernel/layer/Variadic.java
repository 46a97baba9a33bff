package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.BinaryOperation;
import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;

/** Operations on any number of inputs: the first with the second, the result with the third, … */
final class Variadic {
  private Variadic() {}

  static Tensor fold(Inputs inputs, Memory memory, BinaryOperation operation) {
    Tensor result = inputs.get(0);
    for (int i = 1; i < inputs.size(); i++) {
      result = Elementwise.combine(result, inputs.get(i), memory, operation);
    }
    return result;
  }
}
