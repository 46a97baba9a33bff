package io.norma.kernel.layer;

import io.norma.kernel.layer.support.RealTensors;
import io.norma.kernel.layer.support.SoftmaxAxis;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Hardmax: 1 at the first greatest element, 0 at the others.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: ONNX {@code Hardmax}.
 */
public record Hardmax(SoftmaxAxis axis) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    RealTensors.require(x);
    Tensor y = memory.allocate(x.dataType(), x.shape());
    axis.forEachGroup(
        x.shape(),
        (offset, length, stride) -> {
          int best = 0;
          for (int i = 1; i < length; i++) {
            if (x.getDouble(offset + i * stride) > x.getDouble(offset + best * stride)) {
              best = i;
            }
          }
          for (int i = 0; i < length; i++) {
            y.setDouble(offset + i * stride, i == best ? 1 : 0);
          }
        });
    return List.of(y);
  }
}
