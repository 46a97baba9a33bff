package io.norma.kernel.normalization;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.support.RealTensors;
import io.norma.kernel.layer.support.SoftmaxAxis;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Divides by the Lᵖ norm along an axis: {@code y = x / (Σ |x|ᵖ)^(1/p)}, and 0 where the norm is 0.
 *
 * <p>Input: x, FP32 or FP64. Output: y of the same shape. Source: ONNX {@code LpNormalization}.
 *
 * @param p 1 or 2
 */
public record LpNormalization(int axis, int p) implements Layer {
  /**
   * @throws IllegalArgumentException if p is neither 1 nor 2
   */
  public LpNormalization {
    if (p != 1 && p != 2) {
      throw new IllegalArgumentException("p must be 1 or 2, got " + p);
    }
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    RealTensors.require(x);
    Tensor y = memory.allocate(x.dataType(), x.shape());
    new SoftmaxAxis(axis, false)
        .forEachGroup(
            x.shape(),
            (offset, length, stride) -> {
              double sum = 0;
              for (int i = 0; i < length; i++) {
                double value = Math.abs(x.getDouble(offset + i * stride));
                sum += p == 1 ? value : value * value;
              }
              double norm = p == 1 ? sum : Math.sqrt(sum);
              for (int i = 0; i < length; i++) {
                int at = offset + i * stride;
                y.setDouble(at, norm == 0 ? 0 : x.getDouble(at) / norm);
              }
            });
    return List.of(y);
  }
}
