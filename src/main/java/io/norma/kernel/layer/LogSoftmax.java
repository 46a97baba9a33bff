package io.norma.kernel.layer;

import io.norma.kernel.layer.support.RealTensors;
import io.norma.kernel.layer.support.SoftmaxAxis;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Logarithm of the softmax: {@code y_i = (x_i − m) − ln Σ_j e^(x_j − m)} with {@code m = max_j
 * x_j}, in double.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: ONNX {@code LogSoftmax}.
 */
public record LogSoftmax(SoftmaxAxis axis) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    RealTensors.require(x);
    Tensor y = memory.allocate(x.dataType(), x.shape());
    axis.forEachGroup(
        x.shape(),
        (offset, length, stride) -> {
          double maximum = Double.NEGATIVE_INFINITY;
          for (int i = 0; i < length; i++) {
            maximum = Math.max(maximum, x.getDouble(offset + i * stride));
          }
          double sum = 0;
          for (int i = 0; i < length; i++) {
            sum += Math.exp(x.getDouble(offset + i * stride) - maximum);
          }
          double logarithm = Math.log(sum);
          for (int i = 0; i < length; i++) {
            int at = offset + i * stride;
            y.setDouble(at, x.getDouble(at) - maximum - logarithm);
          }
        });
    return List.of(y);
  }
}
