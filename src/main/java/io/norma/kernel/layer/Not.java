package io.norma.kernel.layer;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Logic: {@code y = not x}.
 *
 * <p>Input: x, BOOL, any shape. Output: y, BOOL, the same shape. Source: ONNX {@code Not}.
 */
public record Not() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = requireBool(inputs.get(0));
    Tensor y = memory.allocate(DataType.BOOL, x.shape());
    for (int i = 0; i < x.size(); i++) {
      y.setLong(i, x.getLong(i) == 0 ? 1 : 0);
    }
    return List.of(y);
  }

  static Tensor requireBool(Tensor tensor) {
    if (tensor.dataType() != DataType.BOOL) {
      throw new IllegalArgumentException("expected a tensor of BOOL, got " + tensor);
    }
    return tensor;
  }
}
