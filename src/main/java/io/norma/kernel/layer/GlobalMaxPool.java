package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Maximum of each plane: {@code y[n, c] = max_i x[n, c, i]}; a NaN makes it NaN.
 *
 * <p>Input: x (N, C, D₁, …, Dᵣ), FP32 or FP64. Output: y (N, C, 1, …, 1). Source: ONNX {@code
 * GlobalMaxPool}.
 */
public record GlobalMaxPool() implements Layer, PlaneReduction {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return PlaneReduction.apply(this, inputs.get(0), memory);
  }

  @Override
  public double reduce(float[] x, int offset, int length) {
    double result = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < length; i++) {
      result = Math.max(result, x[offset + i]);
    }
    return result;
  }

  @Override
  public double reduce(double[] x, int offset, int length) {
    double result = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < length; i++) {
      result = Math.max(result, x[offset + i]);
    }
    return result;
  }
}
