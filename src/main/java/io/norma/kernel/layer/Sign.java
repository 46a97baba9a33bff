package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Sign: {@code y = 1} for {@code x > 0}, −1 for {@code x < 0}, else x.
 *
 * <p>Input: x, any numbers, any shape. Output: y, the same type and shape. Source: ONNX {@code
 * Sign}.
 */
public record Sign() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    return List.of(
        x.dataType().isUnsigned()
            ? Elementwise.mapWhole(x, memory, value -> value == 0 ? 0 : 1)
            : Elementwise.map(x, memory, Math::signum, Long::signum));
  }
}
