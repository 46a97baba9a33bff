package io.norma.kernel.layer;

import io.norma.kernel.compute.elementwise.ElementwiseLoops;
import io.norma.kernel.layer.support.SoftmaxAxis;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Softmax: {@code y_i = e^(x_i − m) / Σ_j e^(x_j − m)} with {@code m = max_j x_j}, summed in
 * double.
 *
 * <p>Input: x, FP32 or FP64, any shape. Output: y, the same shape. Source: ONNX {@code Softmax}.
 */
public record Softmax(SoftmaxAxis axis) implements Layer {
  /** Groups that are normalized together where they stand side by side. */
  private static final int COLUMNS = 256;

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
      axis.forEachSlab(
          x.shape(),
          (offset, length, stride) -> {
            int from = x.offset() + offset;
            int to = y.offset() + offset;
            if (stride == 1) {
              normalizeRow(x.floats(), from, y.floats(), to, length);
            } else {
              normalizeColumns(x.floats(), from, y.floats(), to, length, stride);
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

  /** As above for groups side by side, some at a time, so that their values stay in the cache. */
  private static void normalizeColumns(
      float[] x, int xOffset, float[] y, int yOffset, int length, int stride) {
    float[] maxima = new float[Math.min(stride, COLUMNS)];
    double[] sums = new double[maxima.length];
    for (int first = 0; first < stride; first += COLUMNS) {
      int columns = Math.min(COLUMNS, stride - first);
      Arrays.fill(maxima, Float.NEGATIVE_INFINITY);
      for (int i = 0; i < length; i++) {
        int from = xOffset + i * stride + first;
        for (int c = 0; c < columns; c++) {
          maxima[c] = Math.max(maxima[c], x[from + c]);
        }
      }
      Arrays.fill(sums, 0);
      for (int i = 0; i < length; i++) {
        int from = xOffset + i * stride + first;
        int to = yOffset + i * stride + first;
        for (int c = 0; c < columns; c++) {
          y[to + c] = x[from + c] - maxima[c];
        }
        ElementwiseLoops.get().exp(y, to, y, to, columns);
        for (int c = 0; c < columns; c++) {
          sums[c] += y[to + c];
        }
      }
      for (int i = 0; i < length; i++) {
        int to = yOffset + i * stride + first;
        for (int c = 0; c < columns; c++) {
          y[to + c] = (float) (y[to + c] / sums[c]);
        }
      }
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
