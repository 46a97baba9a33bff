package io.norma.kernel.normalization;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.support.RealTensors;
import io.norma.kernel.layer.support.TrailingAxes;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Layer normalization: {@code y = (x − μ)/√(σ² + ε) · scale + bias}, with mean and population
 * variance over all axes from {@code axis} on.
 *
 * <p>Inputs: x; scale, broadcast to x; bias, likewise, optional; FP32 or FP64. Outputs: y of x's
 * shape; mean and {@code 1/√(σ² + ε)}, of x's shape with 1 from {@code axis} on. Source: Ba et al.
 * 2016, equations 3 and 4; ONNX {@code LayerNormalization}.
 *
 * @param axis first normalized axis; a negative one counts from the end
 */
public record LayerNormalization(int axis, double epsilon) implements Layer {
  /**
   * @throws IllegalArgumentException if ε is negative
   */
  public LayerNormalization {
    Moments.requireEpsilon(epsilon);
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor scale = inputs.get(1);
    Tensor bias = inputs.optional(2);
    RealTensors.require(x, scale);
    TrailingAxes axes = TrailingAxes.of(x.shape(), axis);
    Tensor y = memory.allocate(x.dataType(), x.shape());
    Tensor means = memory.allocate(x.dataType(), axes.reduced());
    Tensor inverses = memory.allocate(x.dataType(), axes.reduced());
    if (x.dataType() == DataType.FP32
        && axes.are(scale)
        && (bias == null || (axes.are(bias) && bias.dataType() == DataType.FP32))) {
      normalizeRows(x, scale, bias, y, means, inverses, axes.length());
      return List.of(y, means, inverses);
    }
    int[] scaleIndex = axes.broadcast("scale", scale, memory);
    int[] biasIndex = bias == null ? scaleIndex : axes.broadcast("bias", bias, memory);
    int length = axes.length();
    for (int group = 0; group < axes.groups(); group++) {
      Moments moments = Moments.of(x, group * length, length);
      double inverse = moments.inverseDeviation(epsilon);
      means.setDouble(group, moments.mean());
      inverses.setDouble(group, inverse);
      for (int i = group * length; i < (group + 1) * length; i++) {
        double normalized = (x.getDouble(i) - moments.mean()) * inverse;
        double shift = bias == null ? 0 : bias.getDouble(biasIndex[i]);
        y.setDouble(i, normalized * scale.getDouble(scaleIndex[i]) + shift);
      }
    }
    return List.of(y, means, inverses);
  }

  /** As for any scale and bias, for those that have an element for each of a group. */
  private void normalizeRows(
      Tensor x,
      Tensor scale,
      @Nullable Tensor bias,
      Tensor y,
      Tensor means,
      Tensor inverses,
      int length) {
    float[] values = x.floats();
    float[] results = y.floats();
    float[] scales = scale.floats();
    float[] shifts = bias == null ? new float[length] : bias.floats();
    int shiftsFrom = bias == null ? 0 : bias.offset();
    for (int group = 0; group < means.size(); group++) {
      Moments moments = Moments.of(x, group * length, length);
      double mean = moments.mean();
      double inverse = moments.inverseDeviation(epsilon);
      means.setDouble(group, mean);
      inverses.setDouble(group, inverse);
      int from = x.offset() + group * length;
      int to = y.offset() + group * length;
      for (int i = 0; i < length; i++) {
        double normalized = (values[from + i] - mean) * inverse;
        results[to + i] =
            (float) (normalized * scales[scale.offset() + i] + shifts[shiftsFrom + i]);
      }
    }
  }
}
