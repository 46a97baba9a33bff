package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.compute.elementwise.ElementwiseLoops;
import io.norma.kernel.compute.elementwise.ErrorFunction;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Error function: {@code y = erf x = 2/√π · ∫₀ˣ e^(−t²) dt}.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: ONNX {@code Erf}.
 */
public record Erf() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    ElementwiseLoops loops = ElementwiseLoops.get();
    return List.of(Elementwise.map(inputs.get(0), memory, loops::erf, ErrorFunction::erf));
  }
}
