package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Comparison: {@code y = (a > b)}, broadcasting; false where either is NaN.
 *
 * <p>Inputs: a and b, numbers of one type, shapes that broadcast. Output: y, BOOL, the broadcast
 * shape. Source: ONNX {@code Greater}.
 */
public record Greater() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(Elementwise.test(inputs.get(0), inputs.get(1), memory, Greater::holds));
  }

  private static boolean holds(Tensor a, int ai, Tensor b, int bi) {
    return a.dataType().isFloatingPoint()
        ? a.getDouble(ai) > b.getDouble(bi)
        : Elementwise.compare(a, ai, b, bi) > 0;
  }
}
