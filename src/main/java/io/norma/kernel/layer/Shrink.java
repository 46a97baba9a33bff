package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Shrinkage: {@code y = x + bias} for {@code x < −lambda}, {@code x − bias} for {@code x > lambda},
 * else 0.
 *
 * <p>Input: x, any numbers, any shape. Output: y, the same type and shape. Source: ONNX {@code
 * Shrink}.
 */
public record Shrink(double lambda, double bias) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(
        Elementwise.map(inputs.get(0), memory, this::shrink, x -> (long) shrink((double) x)));
  }

  private double shrink(double x) {
    if (x < -lambda) {
      return x + bias;
    }
    return x > lambda ? x - bias : 0;
  }
}
