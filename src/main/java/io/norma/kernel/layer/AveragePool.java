package io.norma.kernel.layer;

import io.norma.kernel.layer.support.SlidingWindow;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Average pooling: {@code y[n, c, o] = (Σ_t x[n, c, o·stride − begin + t·dilation]) / count(o)}.
 * The count is of the taps inside the input, or inside the input and its padding; a window that
 * rounding up lets reach beyond the padding counts nothing there.
 *
 * <p>Input: x (N, C, D₁, …, Dᵣ), FP32 or FP64. Output: y (N, C, O₁, …, Oᵣ). Source: ONNX {@code
 * AveragePool}.
 *
 * @param ceil whether output extents are rounded up
 * @param countsPadding whether padding counts as zeros
 */
public record AveragePool(Window window, boolean ceil, boolean countsPadding) implements Layer {
  /**
   * @throws IllegalArgumentException if the window has no extents
   */
  public AveragePool {
    Pooling.requireKernel(window);
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    SlidingWindow geometry = Pooling.geometry(window, x, ceil);
    Tensor y = Pooling.output(x, geometry, x.dataType(), memory);
    memory.reserve(4L * geometry.positions());
    int[] counts = counts(geometry);
    if (x.dataType() == DataType.FP64) {
      average(x.doubles(), x.offset(), y, Pooling.planes(x), geometry, counts);
    } else {
      average(x.floats(), x.offset(), y, Pooling.planes(x), geometry, counts);
    }
    return List.of(y);
  }

  private int[] counts(SlidingWindow geometry) {
    int[] counts = new int[geometry.positions()];
    for (int position = 0; position < counts.length; position++) {
      int count = 1;
      int rest = position;
      for (int axis = geometry.rank() - 1; axis >= 0; axis--) {
        count *= count(geometry, axis, rest % geometry.output()[axis]);
        rest /= geometry.output()[axis];
      }
      counts[position] = count;
    }
    return counts;
  }

  private int count(SlidingWindow geometry, int axis, int output) {
    int low = countsPadding ? -geometry.begin()[axis] : 0;
    int high = geometry.input()[axis] + (countsPadding ? geometry.end()[axis] : 0);
    int count = 0;
    for (int tap = 0; tap < geometry.kernel()[axis]; tap++) {
      int at =
          output * geometry.strides()[axis]
              - geometry.begin()[axis]
              + tap * geometry.dilations()[axis];
      count += at >= low && at < high ? 1 : 0;
    }
    return count;
  }

  private static void average(
      float[] x, int xOffset, Tensor y, int planes, SlidingWindow geometry, int[] counts) {
    float[] target = y.floats();
    int step = geometry.step();
    Arrays.fill(target, y.offset(), y.offset() + y.size(), 0);
    for (int plane = 0; plane < planes; plane++) {
      int xPlane = xOffset + plane * geometry.inputSize();
      int yPlane = y.offset() + plane * counts.length;
      geometry.forEachRun((tap, xAt, yAt, length) -> {
        for (int i = 0; i < length; i++) {
          target[yPlane + yAt + i] += x[xPlane + xAt + i * step];
        }
      });
      for (int o = 0; o < counts.length; o++) {
        target[yPlane + o] /= counts[o];
      }
    }
  }

  private static void average(
      double[] x, int xOffset, Tensor y, int planes, SlidingWindow geometry, int[] counts) {
    double[] target = y.doubles();
    int step = geometry.step();
    Arrays.fill(target, y.offset(), y.offset() + y.size(), 0);
    for (int plane = 0; plane < planes; plane++) {
      int xPlane = xOffset + plane * geometry.inputSize();
      int yPlane = y.offset() + plane * counts.length;
      geometry.forEachRun((tap, xAt, yAt, length) -> {
        for (int i = 0; i < length; i++) {
          target[yPlane + yAt + i] += x[xPlane + xAt + i * step];
        }
      });
      for (int o = 0; o < counts.length; o++) {
        target[yPlane + o] /= counts[o];
      }
    }
  }
}
