package io.norma.kernel.layer;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * How many elements a tensor has.
 *
 * <p>Input: x, any type and shape. Output: y, INT64, a scalar. Source: ONNX {@code Size}.
 */
public record Size() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor y = memory.allocate(DataType.INT64, Shape.of());
    y.setLong(0, inputs.get(0).size());
    return List.of(y);
  }
}
