package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.compute.elementwise.ElementwiseLoops;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Swish, for {@code alpha = 1} also called SiLU: {@code y = x / (1 + e^(−alpha·x))}.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: Ramachandran et al.
 * 2017; ONNX {@code Swish}.
 */
public record Swish(float alpha) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    ElementwiseLoops loops = ElementwiseLoops.get();
    return List.of(
        Elementwise.map(
            inputs.get(0),
            memory,
            (x, xOffset, y, yOffset, length) -> loops.swish(x, xOffset, y, yOffset, length, alpha),
            x -> x / (1 + Math.exp(-alpha * x))));
  }
}
