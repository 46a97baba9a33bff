package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.ElementwiseLoops;
import io.norma.kernel.layer.support.SoftmaxAxis;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * Softmax: {@code y_i = e^(x_i − m) / Σ_j e^(x_j − m)} with {@code m = max_j x_j}, summed in
 * double.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: ONNX {@code Softmax}.
 */
public record Softmax(SoftmaxAxis axis) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor y = memory.allocate(x.dataType(), x.shape());
    if (x.dataType() == DataType.FP64) {
      axis.forEachGroup(
          x.shape(),
          (offset, length, stride) ->
              normalize(
                  x.doubles(),
                  x.offset() + offset,
                  y.doubles(),
                  y.offset() + offset,
                  length,
                  stride));
    } else {
      axis.forEachGroup(
          x.shape(),
          (offset, length, stride) -> {
            int from = x.offset() + offset;
            int to = y.offset() + offset;
            if (stride == 1) {
              normalizeRow(x.floats(), from, y.floats(), to, length);
            } else {
              normalize(x.floats(), from, y.floats(), to, length, stride);
            }
          });
    }
    return List.of(y);
  }

  /** As below for neighbours, by the loop for powers, the sum still in double. */
  private static void normalizeRow(float[] x, int xOffset, float[] y, int yOffset, int length) {
    float maximum = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < length; i++) {
      maximum = Math.max(maximum, x[xOffset + i]);
    }
    for (int i = 0; i < length; i++) {
      y[yOffset + i] = x[xOffset + i] - maximum;
    }
    ElementwiseLoops.get().exp(y, yOffset, y, yOffset, length);
    double even = 0;
    double odd = 0;
    int pairs = length & ~1;
    for (int i = 0; i < pairs; i += 2) {
      even += y[yOffset + i];
      odd += y[yOffset + i + 1];
    }
    double sum = even + odd + (pairs < length ? y[yOffset + pairs] : 0);
    for (int i = 0; i < length; i++) {
      y[yOffset + i] = (float) (y[yOffset + i] / sum);
    }
  }

  private static void normalize(
      float[] x, int xOffset, float[] y, int yOffset, int length, int stride) {
    float maximum = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < length; i++) {
      maximum = Math.max(maximum, x[xOffset + i * stride]);
    }
    double sum = 0;
    for (int i = 0; i < length; i++) {
      double power = Math.exp((double) x[xOffset + i * stride] - maximum);
      y[yOffset + i * stride] = (float) power;
      sum += power;
    }
    for (int i = 0; i < length; i++) {
      y[yOffset + i * stride] = (float) (y[yOffset + i * stride] / sum);
    }
  }

  private static void normalize(
      double[] x, int xOffset, double[] y, int yOffset, int length, int stride) {
    double maximum = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < length; i++) {
      maximum = Math.max(maximum, x[xOffset + i * stride]);
    }
    double sum = 0;
    for (int i = 0; i < length; i++) {
      double power = Math.exp(x[xOffset + i * stride] - maximum);
      y[yOffset + i * stride] = power;
      sum += power;
    }
    for (int i = 0; i < length; i++) {
      y[yOffset + i * stride] /= sum;
    }
  }
}
