package io.norma.kernel.layer;

import io.norma.kernel.layer.support.SlidingWindow;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Max pooling: {@code y[n, c, o] = max_t x[n, c, o·stride − begin + t·dilation]}; padding never
 * wins, and a NaN in a window makes its result NaN.
 *
 * <p>Input: x (N, C, D₁, …, Dᵣ), FP32, FP64, INT8 or UINT8. Outputs: y (N, C, O₁, …, Oᵣ) of the
 * same data type; where asked for, indices, INT64 of y's shape: where each maximum stands in the
 * flattened x, the first one of equals. Source: ONNX {@code MaxPool}.
 *
 * @param ceil whether output extents are rounded up
 * @param indices whether the second output is computed
 * @param columnMajor whether indices count the first spatial axis fastest
 */
public record MaxPool(Window window, boolean ceil, boolean indices, boolean columnMajor)
    implements Layer {
  /**
   * @throws IllegalArgumentException if the window has no extents
   */
  public MaxPool {
    Pooling.requireKernel(window);
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    SlidingWindow geometry = Pooling.geometry(window, x, ceil);
    if (x.dataType() == DataType.INT8 || x.dataType() == DataType.UINT8) {
      List<Tensor> results = pool(toFloats(x, memory), geometry, memory);
      Tensor y = Pooling.output(x, geometry, x.dataType(), memory);
      for (int i = 0; i < y.size(); i++) {
        y.setDouble(i, results.getFirst().getDouble(i));
      }
      return indices ? List.of(y, results.get(1)) : List.of(y);
    }
    return pool(x, geometry, memory);
  }

  private static Tensor toFloats(Tensor x, Memory memory) {
    Tensor floats = memory.scratch(x.shape());
    for (int i = 0; i < x.size(); i++) {
      floats.setDouble(i, x.getDouble(i));
    }
    return floats;
  }

  private List<Tensor> pool(Tensor x, SlidingWindow geometry, Memory memory) {
    Tensor y = Pooling.output(x, geometry, x.dataType(), memory);
    if (!indices) {
      if (x.dataType() == DataType.FP64) {
        maximum(x.doubles(), x.offset(), y.doubles(), y.offset(), Pooling.planes(x), geometry);
      } else {
        maximum(x.floats(), x.offset(), y.floats(), y.offset(), Pooling.planes(x), geometry);
      }
      return List.of(y);
    }
    Tensor where = Pooling.output(x, geometry, DataType.INT64, memory);
    locate(x, y, where, geometry);
    return List.of(y, where);
  }

  private static void maximum(
      float[] x, int xOffset, float[] y, int yOffset, int planes, SlidingWindow geometry) {
    int positions = geometry.positions();
    int step = geometry.step();
    Arrays.fill(y, yOffset, yOffset + planes * positions, Float.NEGATIVE_INFINITY);
    for (int plane = 0; plane < planes; plane++) {
      int xPlane = xOffset + plane * geometry.inputSize();
      int yPlane = yOffset + plane * positions;
      geometry.forEachRun((tap, xAt, yAt, length) -> {
        for (int i = 0; i < length; i++) {
          int to = yPlane + yAt + i;
          y[to] = Math.max(y[to], x[xPlane + xAt + i * step]);
        }
      });
    }
  }

  private static void maximum(
      double[] x, int xOffset, double[] y, int yOffset, int planes, SlidingWindow geometry) {
    int positions = geometry.positions();
    int step = geometry.step();
    Arrays.fill(y, yOffset, yOffset + planes * positions, Double.NEGATIVE_INFINITY);
    for (int plane = 0; plane < planes; plane++) {
      int xPlane = xOffset + plane * geometry.inputSize();
      int yPlane = yOffset + plane * positions;
      geometry.forEachRun((tap, xAt, yAt, length) -> {
        for (int i = 0; i < length; i++) {
          int to = yPlane + yAt + i;
          y[to] = Math.max(y[to], x[xPlane + xAt + i * step]);
        }
      });
    }
  }

  private void locate(Tensor x, Tensor y, Tensor where, SlidingWindow geometry) {
    int step = geometry.step();
    long[] found = where.longs();
    int start = where.offset();
    Arrays.fill(found, start, start + where.size(), -1);
    for (int plane = 0; plane < Pooling.planes(x); plane++) {
      int xPlane = plane * geometry.inputSize();
      int yPlane = plane * geometry.positions();
      geometry.forEachRun((tap, xAt, yAt, length) -> {
        for (int i = 0; i < length; i++) {
          int to = yPlane + yAt + i;
          int from = xPlane + xAt + i * step;
          double value = x.getDouble(from);
          long best = found[start + to];
          if (best < 0 || value > x.getDouble((int) best) || firstNaN(value, x, best)) {
            found[start + to] = from;
          }
        }
      });
      for (int o = yPlane; o < yPlane + geometry.positions(); o++) {
        int best = (int) found[start + o];
        y.setDouble(o, best < 0 ? Double.NEGATIVE_INFINITY : x.getDouble(best));
        if (columnMajor && best >= 0) {
          found[start + o] = (long) xPlane + columnMajor(best - xPlane, geometry.input());
        }
      }
    }
  }

  private static boolean firstNaN(double value, Tensor x, long best) {
    return Double.isNaN(value) && !Double.isNaN(x.getDouble((int) best));
  }

  /** The index in column-major order of the element at a row-major index. */
  private static int columnMajor(int index, int[] extents) {
    int columnMajor = 0;
    int stride = Shape.of(extents).size();
    for (int axis = extents.length - 1; axis >= 0; axis--) {
      stride /= extents[axis];
      columnMajor += index % extents[axis] * stride;
      index /= extents[axis];
    }
    return columnMajor;
  }
}
