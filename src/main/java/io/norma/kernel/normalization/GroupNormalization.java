package io.norma.kernel.normalization;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.support.RealTensors;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Group normalization: {@code y = scale · (x − μ)/√(σ² + ε) + bias}, with mean and population
 * variance over the channels of a group and all positions of one row.
 *
 * <p>Inputs: x (N, C, D₁, …, Dᵣ); scale and bias, of shape (C), or (groups) where {@code perGroup};
 * FP32 or FP64. Output: y of x's shape. Source: Wu and He 2018, equations 1, 2 and 6; ONNX {@code
 * GroupNormalization}: 18 has a scale and bias per group, 21 per channel.
 *
 * @param groups how many groups the channels fall into; 0 for one per channel
 * @param perGroup whether scale and bias are per group instead of per channel
 */
public record GroupNormalization(int groups, double epsilon, boolean perGroup) implements Layer {
  /**
   * @throws IllegalArgumentException if the number of groups or ε is negative
   */
  public GroupNormalization {
    Moments.requireEpsilon(epsilon);
    if (groups < 0) {
      throw new IllegalArgumentException("num_groups must not be negative, got " + groups);
    }
  }

  /**
   * Instance normalization, a group for each channel: Ulyanov et al. 2016, equation 4; ONNX {@code
   * InstanceNormalization}.
   */
  public static GroupNormalization perChannel(double epsilon) {
    return new GroupNormalization(0, epsilon, false);
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor scale = inputs.get(1);
    Tensor bias = inputs.get(2);
    RealTensors.require(x, scale, bias);
    Shape shape = x.shape();
    if (shape.rank() < 2) {
      throw new IllegalArgumentException("expected an input of shape (N, C, D1, …), got " + shape);
    }
    int channels = shape.dimension(1);
    int count = groups == 0 ? channels : groups;
    if (count != 0 && channels % count != 0) {
      throw new IllegalArgumentException(
          "%d channels do not fall into %d groups".formatted(channels, count));
    }
    requireVector("scale", scale, perGroup ? count : channels);
    requireVector("bias", bias, perGroup ? count : channels);
    Tensor y = memory.allocate(x.dataType(), shape);
    int positions = shape.size(2, shape.rank());
    int perRow = count == 0 ? 0 : channels / count;
    for (int group = 0; group < shape.dimension(0) * count; group++) {
      int from = group * perRow * positions;
      Moments moments = Moments.of(x, from, perRow * positions);
      double inverse = moments.inverseDeviation(epsilon);
      for (int c = 0; c < perRow; c++) {
        int index = perGroup ? group % count : group % count * perRow + c;
        Moments.standardize(
            x,
            y,
            from + c * positions,
            positions,
            moments.mean(),
            inverse * scale.getDouble(index),
            bias.getDouble(index));
      }
    }
    return List.of(y);
  }

  private static void requireVector(String name, Tensor vector, int length) {
    if (!vector.shape().equals(Shape.of(length))) {
      throw new IllegalArgumentException(
          "expected %s of shape [%d], got %s".formatted(name, length, vector.shape()));
    }
  }
}
