package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.BinaryOperation;
import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.compute.elementwise.ElementwiseLoops;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Sum of two: {@code y = a + b}, broadcasting.
 *
 * <p>Inputs: a and b, numbers of one type, shapes that broadcast. Output: y, the same type, the
 * broadcast shape. Source: ONNX {@code Add}.
 */
public record Add() implements Layer {
  static final BinaryOperation OPERATION =
      new BinaryOperation(ElementwiseLoops.get()::add, Double::sum, Long::sum, Long::sum);

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(Elementwise.combine(inputs.get(0), inputs.get(1), memory, OPERATION));
  }
}
