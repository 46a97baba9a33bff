package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Logic: {@code y = a and b}, broadcasting.
 *
 * <p>Inputs: a and b, BOOL, shapes that broadcast. Output: y, BOOL, the broadcast shape. Source:
 * ONNX {@code And}.
 */
public record And() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor a = Not.requireBool(inputs.get(0));
    Tensor b = Not.requireBool(inputs.get(1));
    return List.of(Elementwise.test(a, b, memory, And::holds));
  }

  private static boolean holds(Tensor a, int ai, Tensor b, int bi) {
    return a.getLong(ai) != 0 && b.getLong(bi) != 0;
  }
}
