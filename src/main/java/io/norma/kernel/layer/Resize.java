package io.norma.kernel.layer;

import io.norma.kernel.layer.support.CoordinateMode;
import io.norma.kernel.layer.support.Interpolation;
import io.norma.kernel.layer.support.RealTensors;
import io.norma.kernel.layer.support.Resampling;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Resizes axes one after another: each resized value is a weighted sum of neighbours on the
 * original axis, as {@link Resampling} says.
 *
 * <p>Inputs: x, any shape, FP32 or FP64, or any data type for nearest neighbours; roi, optional,
 * {@code [start₁ …, end₁ …]} for {@link CoordinateMode#TF_CROP_AND_RESIZE}; scales or sizes, one of
 * them absent or empty, with an element for each of the axes. Output: y; an extent is {@code
 * ⌊D·scale⌋}, or {@code ⌊D·(end − start)·scale⌋} of a region, or the size. Source: ONNX {@code
 * Resize}.
 *
 * @param axes which axes the inputs speak of; empty for all
 */
public record Resize(Resampling resampling, int[] axes, AspectRatio aspectRatio) implements Layer {
  /** What sizes mean, by ONNX's names for {@code keep_aspect_ratio_policy}. */
  public enum AspectRatio {
    STRETCH,
    NOT_LARGER,
    NOT_SMALLER
  }

  public Resize {
    axes = axes.clone();
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Shape shape = x.shape();
    int rank = shape.rank();
    int[] resized = shape.dimensions();
    double[] scale = new double[rank];
    double[] start = new double[rank];
    double[] end = new double[rank];
    Arrays.fill(scale, 1);
    Arrays.fill(end, 1);
    int[] chosen = chosenAxes(shape);
    if (resampling.coordinates() == CoordinateMode.TF_CROP_AND_RESIZE) {
      Tensor roi = requireLength("roi", present(inputs, 1), 2 * chosen.length);
      for (int i = 0; i < chosen.length; i++) {
        start[chosen[i]] = roi.getDouble(i);
        end[chosen[i]] = roi.getDouble(chosen.length + i);
      }
    }
    Tensor sizes = present(inputs, 3);
    Tensor scales = present(inputs, 2);
    if ((sizes == null) == (scales == null)) {
      throw new IllegalArgumentException("resize needs either scales or sizes");
    }
    if (scales != null) {
      requireLength("scales", scales, chosen.length);
      for (int i = 0; i < chosen.length; i++) {
        int axis = chosen[i];
        scale[axis] = scales.getDouble(i);
        resized[axis] = extent(shape.dimension(axis), scale[axis], end[axis] - start[axis]);
      }
    } else {
      fit(requireLength("sizes", sizes, chosen.length), shape, chosen, scale, resized);
    }
    return List.of(resample(x, resized, scale, start, end, resampling, memory));
  }

  private static @Nullable Tensor present(Inputs inputs, int index) {
    Tensor tensor = inputs.optional(index);
    return tensor == null || tensor.size() == 0 ? null : tensor;
  }

  private static Tensor requireLength(String name, @Nullable Tensor tensor, int length) {
    if (tensor == null || tensor.size() != length) {
      throw new IllegalArgumentException(
          "expected %d elements of %s, got %d"
              .formatted(length, name, tensor == null ? 0 : tensor.size()));
    }
    return tensor;
  }

  private int[] chosenAxes(Shape shape) {
    int[] chosen = new int[axes.length == 0 ? shape.rank() : axes.length];
    for (int i = 0; i < chosen.length; i++) {
      chosen[i] = axes.length == 0 ? i : shape.axis(axes[i]);
    }
    return chosen;
  }

  /**
   * {@code ⌊D·region·scale⌋}, in float as the scale is: 10·0.7 is 7, not 6.
   *
   * @throws IllegalArgumentException if the scale is not positive
   */
  static int extent(int original, double scale, double region) {
    if (!(scale > 0)) {
      throw new IllegalArgumentException("scales must be positive, got " + scale);
    }
    return (int) Math.floor((float) original * (float) region * (float) scale);
  }

  private void fit(Tensor sizes, Shape shape, int[] chosen, double[] scale, int[] resized) {
    double common = aspectRatio == AspectRatio.NOT_LARGER ? Double.POSITIVE_INFINITY : 0;
    for (int i = 0; i < chosen.length; i++) {
      int axis = chosen[i];
      resized[axis] = Math.toIntExact(sizes.getLong(i));
      scale[axis] = (double) resized[axis] / shape.dimension(axis);
      common =
          aspectRatio == AspectRatio.NOT_LARGER
              ? Math.min(common, scale[axis])
              : Math.max(common, scale[axis]);
    }
    if (aspectRatio != AspectRatio.STRETCH) {
      for (int axis : chosen) {
        scale[axis] = common;
        resized[axis] = (int) Math.floor(common * shape.dimension(axis) + 0.5);
      }
    }
  }

  static Tensor resample(
      Tensor x,
      int[] resized,
      double[] scale,
      double[] start,
      double[] end,
      Resampling resampling,
      Memory memory) {
    Shape target = Shape.of(resized);
    if (target.size() > 0 && x.size() == 0) {
      throw new IllegalArgumentException(
          "cannot resize the empty shape %s to %s".formatted(x.shape(), target));
    }
    Tensor result = x;
    for (int axis = 0; axis < resized.length && target.size() > 0; axis++) {
      boolean whole = start[axis] == 0 && end[axis] == 1;
      int original = x.shape().dimension(axis);
      if (scale[axis] != 1 || resized[axis] != original || !whole) {
        Tensor next = memory.allocate(x.dataType(), result.shape().with(axis, resized[axis]));
        Resampling.Axis table =
            resampling.axis(scale[axis], original, resized[axis], start[axis], end[axis], memory);
        if (resampling.interpolation() == Interpolation.NEAREST) {
          gather(result, next, axis, table, resampling.extrapolation());
        } else {
          RealTensors.require(x);
          boolean rows = axis == resized.length - 1 && x.dataType() == DataType.FP32;
          if (rows) {
            blendRows(result, next, table, resampling.extrapolation());
          } else {
            memory.reserve(8L * result.shape().size(axis + 1, result.shape().rank()));
            blend(result, next, axis, table, resampling.extrapolation());
          }
        }
        result = next;
      }
    }
    return target.size() > 0 ? result : memory.allocate(x.dataType(), target);
  }

  private static void gather(
      Tensor x, Tensor y, int axis, Resampling.Axis table, double extrapolation) {
    int inner = x.shape().size(axis + 1, x.shape().rank());
    int original = x.shape().dimension(axis);
    int resized = y.shape().dimension(axis);
    for (int outer = 0; outer < x.shape().size(0, axis); outer++) {
      for (int p = 0; p < resized; p++) {
        int to = (outer * resized + p) * inner;
        if (table.isOutside(p)) {
          for (int i = 0; i < inner; i++) {
            y.setDouble(to + i, extrapolation);
          }
        } else if (inner == 1 && x.dataType() == DataType.FP32) {
          y.floats()[y.offset() + to] =
              x.floats()[x.offset() + outer * original + table.indices()[p]];
        } else {
          int from = (outer * original + table.indices()[p]) * inner;
          System.arraycopy(x.array(), x.offset() + from, y.array(), y.offset() + to, inner);
        }
      }
    }
  }

  /** As {@link #blend} along the last axis, where a sum reads neighbours of one row. */
  private static void blendRows(Tensor x, Tensor y, Resampling.Axis table, double extrapolation) {
    int original = x.shape().dimension(x.shape().rank() - 1);
    int resized = y.shape().dimension(y.shape().rank() - 1);
    int taps = table.taps();
    float[] source = x.floats();
    float[] target = y.floats();
    for (int row = 0; row < x.size() / original; row++) {
      int from = x.offset() + row * original;
      int to = y.offset() + row * resized;
      for (int p = 0; p < resized; p++) {
        double sum = table.isOutside(p) ? extrapolation : 0;
        for (int t = p * taps; t < (p + 1) * taps; t++) {
          double weight = table.weights()[t];
          // A neighbour without weight must not count, even if it is not finite.
          if (weight != 0 && !Double.isNaN(weight)) {
            sum += weight * source[from + table.indices()[t]];
          }
        }
        target[to + p] = (float) sum;
      }
    }
  }

  private static void blend(
      Tensor x, Tensor y, int axis, Resampling.Axis table, double extrapolation) {
    int inner = x.shape().size(axis + 1, x.shape().rank());
    int original = x.shape().dimension(axis);
    int resized = y.shape().dimension(axis);
    double[] sums = new double[inner];
    boolean pairs = table.taps() == 2 && x.dataType() == DataType.FP32;
    for (int outer = 0; outer < x.shape().size(0, axis); outer++) {
      for (int p = 0; p < resized; p++) {
        if (pairs && table.weights()[2 * p] > 0 && table.weights()[2 * p + 1] > 0) {
          blendPair(x, y, outer * original, table, p, (outer * resized + p) * inner, inner);
          continue;
        }
        Arrays.fill(sums, table.isOutside(p) ? extrapolation : 0);
        for (int t = 0; t < table.taps() && !table.isOutside(p); t++) {
          double weight = table.weights()[p * table.taps() + t];
          // A neighbour without weight must not count, even if it is not finite.
          if (weight != 0) {
            int from = (outer * original + table.indices()[p * table.taps() + t]) * inner;
            add(x, from, weight, sums);
          }
        }
        store(sums, y, (outer * resized + p) * inner);
      }
    }
  }

  /** Two neighbours with weights: what linear interpolation is nearly everywhere. */
  private static void blendPair(
      Tensor x, Tensor y, int first, Resampling.Axis table, int p, int to, int inner) {
    float[] source = x.floats();
    float[] target = y.floats();
    double leftWeight = table.weights()[2 * p];
    double rightWeight = table.weights()[2 * p + 1];
    int left = x.offset() + (first + table.indices()[2 * p]) * inner;
    int right = x.offset() + (first + table.indices()[2 * p + 1]) * inner;
    int at = y.offset() + to;
    for (int i = 0; i < inner; i++) {
      target[at + i] = (float) (leftWeight * source[left + i] + rightWeight * source[right + i]);
    }
  }

  private static void add(Tensor x, int from, double weight, double[] sums) {
    int source = x.offset() + from;
    if (x.dataType() == DataType.FP64) {
      double[] values = x.doubles();
      for (int i = 0; i < sums.length; i++) {
        sums[i] += weight * values[source + i];
      }
    } else {
      float[] values = x.floats();
      for (int i = 0; i < sums.length; i++) {
        sums[i] += weight * values[source + i];
      }
    }
  }

  private static void store(double[] sums, Tensor y, int to) {
    int target = y.offset() + to;
    if (y.dataType() == DataType.FP64) {
      System.arraycopy(sums, 0, y.doubles(), target, sums.length);
    } else {
      float[] values = y.floats();
      for (int i = 0; i < sums.length; i++) {
        values[target + i] = (float) sums[i];
      }
    }
  }
}
