package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * {@code y = x}; nothing is copied.
 *
 * <p>Input: x, any type and shape. Output: y, the same. Source: ONNX {@code Identity}.
 */
public record Identity() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(inputs.get(0));
  }
}
