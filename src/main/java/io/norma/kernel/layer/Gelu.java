package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.compute.elementwise.ElementwiseLoops;
import io.norma.kernel.compute.elementwise.ErrorFunction;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Gaussian error linear unit: {@code y = x/2 · (1 + erf(x/√2))}, or its approximation {@code y =
 * x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³)))}.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: Hendrycks and Gimpel
 * 2016, section 2; ONNX {@code Gelu}.
 *
 * @param approximate whether to take the second formula
 */
public record Gelu(boolean approximate) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    ElementwiseLoops loops = ElementwiseLoops.get();
    Tensor x = inputs.get(0);
    return List.of(
        approximate
            ? Elementwise.map(x, memory, loops::geluTanh, Gelu::approximation)
            : Elementwise.map(x, memory, loops::gelu, Gelu::exact));
  }

  private static double exact(double x) {
    return 0.5 * x * (1 + ErrorFunction.erf(x / Math.sqrt(2)));
  }

  private static double approximation(double x) {
    return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
  }

  /**
   * The layer by the name of its formula.
   *
   * @throws IllegalArgumentException if the name is neither {@code none} nor {@code tanh}
   */
  public static Gelu of(String approximate) {
    return switch (approximate) {
      case "none" -> new Gelu(false);
      case "tanh" -> new Gelu(true);
      default ->
          throw new IllegalArgumentException(
              "approximate must be 'none' or 'tanh', is '" + approximate + "'");
    };
  }
}
