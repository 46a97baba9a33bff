package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.compute.elementwise.ElementwiseLoops;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Logistic function: {@code y = 1 / (1 + e⁻ˣ)}.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: ONNX {@code Sigmoid}.
 */
public record Sigmoid() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    ElementwiseLoops loops = ElementwiseLoops.get();
    return List.of(
        Elementwise.map(inputs.get(0), memory, loops::sigmoid, x -> 1 / (1 + Math.exp(-x))));
  }
}
