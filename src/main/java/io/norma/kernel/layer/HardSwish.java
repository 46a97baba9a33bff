package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.compute.elementwise.ElementwiseLoops;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Hard swish: {@code y = x · min(max(x/6 + 1/2, 0), 1)}.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: Howard et al. 2019,
 * section 5.2; ONNX {@code HardSwish}.
 */
public record HardSwish() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    ElementwiseLoops loops = ElementwiseLoops.get();
    return List.of(
        Elementwise.map(
            inputs.get(0),
            memory,
            (x, xOffset, y, yOffset, length) ->
                loops.hardSwish(x, xOffset, y, yOffset, length, 1 / 6f, 0.5f),
            x -> x * Math.min(Math.max(x / 6 + 0.5, 0), 1)));
  }
}
