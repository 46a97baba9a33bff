package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Average of each plane: {@code y[n, c] = (Σ_i x[n, c, i]) / |D|}, summed in double.
 *
 * <p>Input: x (N, C, D₁, …, Dᵣ), FP32 or FP64. Output: y (N, C, 1, …, 1). Source: ONNX {@code
 * GlobalAveragePool}.
 */
public record GlobalAveragePool() implements Layer, PlaneReduction {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return PlaneReduction.apply(this, inputs.get(0), memory);
  }

  @Override
  public double reduce(float[] x, int offset, int length) {
    double result = 0;
    for (int i = 0; i < length; i++) {
      result += x[offset + i];
    }
    return result / length;
  }

  @Override
  public double reduce(double[] x, int offset, int length) {
    double result = 0;
    for (int i = 0; i < length; i++) {
      result += x[offset + i];
    }
    return result / length;
  }
}
