package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.Value;
import java.util.List;

/**
 * {@code y = x}; nothing is copied.
 *
 * <p>Input: x, any type and shape, or a sequence. Output: y, the same. Source: ONNX {@code
 * Identity}.
 */
public record Identity() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(inputs.get(0));
  }

  @Override
  public List<Value> values(Inputs inputs, Memory memory) {
    return List.of(inputs.value(0));
  }
}
