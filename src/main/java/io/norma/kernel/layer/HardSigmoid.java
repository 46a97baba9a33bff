package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.compute.elementwise.ElementwiseLoops;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Piecewise linear sigmoid: {@code y = min(max(alpha·x + beta, 0), 1)}.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: ONNX {@code
 * HardSigmoid}.
 */
public record HardSigmoid(float alpha, float beta) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    ElementwiseLoops loops = ElementwiseLoops.get();
    return List.of(
        Elementwise.map(
            inputs.get(0),
            memory,
            (x, xOffset, y, yOffset, length) ->
                loops.hardSigmoid(x, xOffset, y, yOffset, length, alpha, beta),
            x -> Math.min(Math.max(alpha * x + beta, 0), 1)));
  }
}
