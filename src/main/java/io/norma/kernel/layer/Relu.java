package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.compute.elementwise.ElementwiseLoops;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Rectified linear unit: {@code y = max(x, 0)}; NaN stays NaN.
 *
 * <p>Input: x, any numbers with a sign, any shape. Output: y, the same type and shape. Source: Nair
 * and Hinton 2010; ONNX {@code Relu}.
 */
public record Relu() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    if (x.dataType() != DataType.FP32) {
      return List.of(
          Elementwise.map(x, memory, value -> Math.max(value, 0), value -> Math.max(value, 0)));
    }
    Tensor y = memory.allocate(DataType.FP32, x.shape());
    ElementwiseLoops.get()
        .clip(x.floats(), x.offset(), y.floats(), y.offset(), x.size(), 0, Float.POSITIVE_INFINITY);
    return List.of(y);
  }
}
