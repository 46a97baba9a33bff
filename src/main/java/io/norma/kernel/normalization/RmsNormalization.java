package io.norma.kernel.normalization;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.support.RealTensors;
import io.norma.kernel.layer.support.TrailingAxes;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Root mean square normalization: {@code y = x / √(Σ x²/n + ε) · scale}, over all axes from {@code
 * axis} on.
 *
 * <p>Inputs: x; scale, broadcast to x; FP32 or FP64. Output: y of x's shape. Source: Zhang and
 * Sennrich 2019, equation 4; ONNX {@code RMSNormalization}.
 *
 * @param axis first normalized axis; a negative one counts from the end
 */
public record RmsNormalization(int axis, double epsilon) implements Layer {
  /**
   * @throws IllegalArgumentException if ε is negative
   */
  public RmsNormalization {
    Moments.requireEpsilon(epsilon);
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor scale = inputs.get(1);
    RealTensors.require(x, scale);
    TrailingAxes axes = TrailingAxes.of(x.shape(), axis);
    int[] scaleIndex = axes.broadcast("scale", scale, memory);
    Tensor y = memory.allocate(x.dataType(), x.shape());
    int length = axes.length();
    for (int group = 0; group < axes.groups(); group++) {
      int from = group * length;
      double squares = 0;
      for (int i = from; i < from + length; i++) {
        squares += x.getDouble(i) * x.getDouble(i);
      }
      double inverse = 1 / Math.sqrt(squares / length + epsilon);
      for (int i = from; i < from + length; i++) {
        y.setDouble(i, x.getDouble(i) * inverse * scale.getDouble(scaleIndex[i]));
      }
    }
    return List.of(y);
  }
}
