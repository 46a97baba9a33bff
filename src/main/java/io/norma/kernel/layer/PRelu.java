package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.BinaryOperation;
import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Parametric rectifier: {@code y = x} for {@code x ≥ 0}, else {@code slope · x}.
 *
 * <p>Inputs: x, numbers, any shape; slope, the same type, a shape that broadcasts to that of x.
 * Output: y, the type and shape of x. Source: He et al. 2015, equation 1; ONNX {@code PRelu}.
 */
public record PRelu() implements Layer {
  private static final BinaryOperation OPERATION =
      new BinaryOperation(
          null,
          (x, slope) -> x < 0 ? slope * x : x,
          (x, slope) -> x < 0 ? slope * x : x,
          (x, slope) -> x);

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor slope = inputs.get(1);
    Tensor y = Elementwise.combine(x, slope, memory, OPERATION);
    if (!y.shape().equals(x.shape())) {
      throw new IllegalArgumentException(
          "slope of shape " + slope.shape() + " does not broadcast to the input's " + x.shape());
    }
    return List.of(y);
  }
}
