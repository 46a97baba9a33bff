package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Thresholded rectifier: {@code y = x} for {@code x > alpha}, else 0; NaN stays NaN.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: Konda et al. 2014,
 * section 3; ONNX {@code ThresholdedRelu}.
 */
public record ThresholdedRelu(double alpha) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(Elementwise.map(inputs.get(0), memory, x -> x <= alpha ? 0 : x));
  }
}
