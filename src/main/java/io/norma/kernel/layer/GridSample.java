package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Interpolation;
import io.norma.kernel.layer.support.RealTensors;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Samples x at the points of a grid: {@code y[n, c, o] = x[n, c, p(grid[n, o])]}, interpolated,
 * where −1 and 1 are the ends of an axis.
 *
 * <p>Inputs: x (N, C, D₁, …, Dᵣ) and grid (N, O₁, …, Oᵣ, r), the last axis's coordinate first; FP32
 * or FP64. Output: y (N, C, O₁, …, Oᵣ). Source: Jaderberg et al. 2015, section 3.3; ONNX {@code
 * GridSample}.
 *
 * @param alignsCorners whether the ends are the centres of the outermost elements, not their edges
 */
public record GridSample(Interpolation interpolation, Padding padding, boolean alignsCorners)
    implements Layer {
  private static final double CUBIC_COEFFICIENT = -0.75;

  /** What lies outside, by ONNX's names for {@code padding_mode}. */
  public enum Padding {
    ZEROS,
    BORDER,
    REFLECTION
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor grid = inputs.get(1);
    RealTensors.require(x, grid);
    int rank = x.shape().rank() - 2;
    if (rank < 1
        || grid.shape().rank() != rank + 2
        || grid.shape().dimension(-1) != rank
        || grid.shape().dimension(0) != x.shape().dimension(0)) {
      throw new IllegalArgumentException(
          "expected x (N, C, D1, …, Dr) and grid (N, O1, …, Or, r), got %s and %s"
              .formatted(x.shape(), grid.shape()));
    }
    int[] extents = Arrays.copyOfRange(x.shape().dimensions(), 2, rank + 2);
    int plane = x.shape().size(2, rank + 2);
    int points = grid.shape().size(1, rank + 1);
    int channels = x.shape().dimension(1);
    int[] dimensions = x.shape().dimensions();
    for (int axis = 0; axis < rank; axis++) {
      dimensions[axis + 2] = grid.shape().dimension(axis + 1);
    }
    Tensor y = memory.allocate(x.dataType(), Shape.of(dimensions));
    if (y.size() > 0 && plane == 0) {
      throw new IllegalArgumentException("cannot sample the empty shape " + x.shape());
    }
    int taps = interpolation == Interpolation.NEAREST ? 1 : 2 * interpolation.radius();
    int[] indices = new int[rank * taps];
    double[] weights = new double[rank * taps];
    for (int row = 0; row < x.shape().dimension(0); row++) {
      for (int point = 0; point < points; point++) {
        for (int axis = 0; axis < rank; axis++) {
          double place = grid.getDouble((row * points + point) * rank + rank - 1 - axis);
          neighbours(place, extents[axis], taps, indices, weights, axis * taps);
        }
        for (int c = 0; c < channels; c++) {
          int from = (row * channels + c) * plane;
          y.setDouble(
              (row * channels + c) * points + point,
              blend(x, from, extents, taps, indices, weights));
        }
      }
    }
    return List.of(y);
  }

  /** Indices and weights of the neighbours on one axis; −1 stands for a zero outside. */
  private void neighbours(
      double place, int extent, int taps, int[] indices, double[] weights, int at) {
    double least = alignsCorners ? 0 : -0.5;
    double most = extent - 1 - least;
    double x =
        (float) (alignsCorners ? (place + 1) / 2 * (extent - 1) : ((place + 1) * extent - 1) / 2);
    if (interpolation == Interpolation.NEAREST) {
      x = Math.rint(x);
    }
    if (x < least || x > most) {
      x =
          switch (padding) {
            case ZEROS -> x;
            case BORDER -> Math.max(0, Math.min(extent - 1, x));
            case REFLECTION -> reflect(x, least, most);
          };
    }
    double floor = Math.floor(x);
    for (int t = 0; t < taps; t++) {
      // A coordinate far outside must not wrap around where it becomes an index.
      double neighbour = taps == 1 ? x : floor - interpolation.radius() + 1 + t;
      weights[at + t] = taps == 1 ? 1 : interpolation.weight(x - neighbour, CUBIC_COEFFICIENT);
      indices[at + t] = index(neighbour, extent, least, most);
    }
  }

  private int index(double neighbour, int extent, double least, double most) {
    if (neighbour >= 0 && neighbour < extent) {
      return (int) neighbour;
    }
    return switch (padding) {
      case ZEROS -> -1;
      case BORDER -> neighbour < 0 ? 0 : extent - 1;
      case REFLECTION -> Math.clamp((int) reflect(neighbour, least, most), 0, extent - 1);
    };
  }

  /** Folds x back at both ends until it lies between them. */
  private static double reflect(double x, double least, double most) {
    double range = most - least;
    if (range <= 0) {
      return least;
    }
    double distance = Math.abs(x - least) % (2 * range);
    return least + (distance > range ? 2 * range - distance : distance);
  }

  private static double blend(
      Tensor x, int from, int[] extents, int taps, int[] indices, double[] weights) {
    int combinations = 1;
    for (int axis = 0; axis < extents.length; axis++) {
      combinations *= taps;
    }
    double sum = 0;
    for (int combination = 0; combination < combinations; combination++) {
      int rest = combination;
      int at = 0;
      int stride = 1;
      double weight = 1;
      boolean inside = true;
      for (int axis = extents.length - 1; axis >= 0; axis--) {
        int tap = axis * taps + rest % taps;
        rest /= taps;
        inside &= indices[tap] >= 0;
        at += indices[tap] * stride;
        weight *= weights[tap];
        stride *= extents[axis];
      }
      if (inside && weight != 0) {
        sum += weight * x.getDouble(from + at);
      }
    }
    return sum;
  }
}
