package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Lᵖ norm of each plane: {@code y[n, c] = (Σ_i |x[n, c, i]|ᵖ)^(1/p)}, summed in double.
 *
 * <p>Input: x (N, C, D₁, …, Dᵣ), FP32 or FP64. Output: y (N, C, 1, …, 1). Source: ONNX {@code
 * GlobalLpPool}.
 */
public record GlobalLpPool(double p) implements Layer, PlaneReduction {
  /**
   * @throws IllegalArgumentException if p is not positive
   */
  public GlobalLpPool {
    if (!(p > 0)) {
      throw new IllegalArgumentException("p must be positive, got " + p);
    }
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return PlaneReduction.apply(this, inputs.get(0), memory);
  }

  @Override
  public double reduce(float[] x, int offset, int length) {
    double result = 0;
    for (int i = 0; i < length; i++) {
      result += Math.pow(Math.abs(x[offset + i]), p);
    }
    return Math.pow(result, 1 / p);
  }

  @Override
  public double reduce(double[] x, int offset, int length) {
    double result = 0;
    for (int i = 0; i < length; i++) {
      result += Math.pow(Math.abs(x[offset + i]), p);
    }
    return Math.pow(result, 1 / p);
  }
}
