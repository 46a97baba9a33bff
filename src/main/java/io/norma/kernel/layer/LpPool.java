package io.norma.kernel.layer;

import io.norma.kernel.layer.support.RealTensors;
import io.norma.kernel.layer.support.SlidingWindow;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Lᵖ pooling: {@code y[n, c, o] = (Σ_t |x[n, c, o·stride − begin + t·dilation]|ᵖ)^(1/p)}, in
 * double.
 *
 * <p>Input: x (N, C, D₁, …, Dᵣ), FP32 or FP64. Output: y (N, C, O₁, …, Oᵣ). Source: ONNX {@code
 * LpPool}.
 *
 * @param ceil whether output extents are rounded up
 */
public record LpPool(Window window, boolean ceil, int p) implements Layer {
  /**
   * @throws IllegalArgumentException if the window has no extents or p is not positive
   */
  public LpPool {
    Pooling.requireKernel(window);
    if (p < 1) {
      throw new IllegalArgumentException("p must be at least 1, got " + p);
    }
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    RealTensors.require(x);
    SlidingWindow geometry = Pooling.geometry(window, x, ceil);
    Tensor y = Pooling.output(x, geometry, x.dataType(), memory);
    memory.reserve(8L * geometry.positions());
    double[] sums = new double[geometry.positions()];
    int step = geometry.step();
    for (int plane = 0; plane < Pooling.planes(x); plane++) {
      int from = plane * geometry.inputSize();
      Arrays.fill(sums, 0);
      geometry.forEachRun((tap, xAt, yAt, length) -> {
        for (int i = 0; i < length; i++) {
          sums[yAt + i] += Math.pow(Math.abs(x.getDouble(from + xAt + i * step)), p);
        }
      });
      for (int o = 0; o < sums.length; o++) {
        y.setDouble(plane * sums.length + o, Math.pow(sums[o], 1.0 / p));
      }
    }
    return List.of(y);
  }
}
