package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.compute.elementwise.ElementwiseLoops;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Leaky rectifier: {@code y = x} for {@code x ≥ 0}, else {@code alpha · x}.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: Maas et al. 2013,
 * section 2; ONNX {@code LeakyRelu}.
 */
public record LeakyRelu(float alpha) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    ElementwiseLoops loops = ElementwiseLoops.get();
    return List.of(
        Elementwise.map(
            inputs.get(0),
            memory,
            (x, xOffset, y, yOffset, length) ->
                loops.leakyRelu(x, xOffset, y, yOffset, length, alpha),
            x -> x < 0 ? alpha * x : x));
  }
}
