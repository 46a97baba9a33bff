package io.norma.kernel.layer;

import io.norma.kernel.compute.MultiplyAdd;
import io.norma.kernel.compute.convolution.ConvolutionChoice;
import io.norma.kernel.compute.matrix.MatrixProduct;
import io.norma.kernel.layer.support.SlidingWindow;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.WorkLimit;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Convolution (cross-correlation) over any number of spatial axes: {@code y[n, m, o] = b[m] + Σ_c
 * Σ_t w[m, c, t] · x[n, g·C/G + c, o·stride − begin + t·dilation]}, where g is the group of output
 * channel m and x is 0 outside.
 *
 * <p>Inputs: x (N, C, D₁, …, Dᵣ); w (M, C/G, k₁, …, kᵣ); b (M), optional; all FP32 or all FP64.
 * Output: y (N, M, O₁, …, Oᵣ), extents as in {@link Window#over(Shape, int[])}. Source: ONNX {@code
 * Conv}.
 *
 * @param window its kernel may be empty: then the weights give it
 * @param groups G: how many groups of channels are convolved apart; C and M are multiples of it
 */
public record Convolution(Window window, int groups) implements Layer {
  /**
   * @throws IllegalArgumentException if there is no group
   */
  public Convolution {
    if (groups < 1) {
      throw new IllegalArgumentException("group must be at least 1, got " + groups);
    }
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor w = inputs.get(1);
    Tensor b = inputs.optional(2);
    SlidingWindow geometry = geometry(x.shape(), w.shape(), b == null ? null : b.shape());
    memory.work(operations(x, w, geometry));
    Tensor y =
        memory.allocate(
            x.dataType(), geometry.outputShape(x.shape().dimension(0), w.shape().dimension(0)));
    fillBias(y, b, geometry.positions());
    int inputsPerGroup = w.shape().dimension(1);
    switch (ConvolutionChoice.onPlanes(x.dataType(), inputsPerGroup, geometry.isIdentity())) {
      case DEFINITION ->
          direct(x.doubles(), x.offset(), w.doubles(), w.offset(), y, channels(x), geometry);
      case DEPTHWISE -> depthwise(x, w, y, geometry);
      case POINTWISE -> multiply(x, w, y, geometry, false, memory);
      case UNFOLDED -> multiply(x, w, y, geometry, true, memory);
    }
    return List.of(y);
  }

  /** About how many products are added up, where each weight meets each position of each row. */
  static long operations(Tensor x, Tensor w, SlidingWindow geometry) {
    return WorkLimit.product(
        x.dataType() == DataType.FP32 ? 1 : MatMul.SLOW,
        x.shape().dimension(0),
        geometry.positions(),
        w.shape().dimension(0),
        w.shape().dimension(1),
        geometry.taps());
  }

  /**
   * The window over x, after checking that the shapes fit each other.
   *
   * @throws IllegalArgumentException if they do not
   */
  public SlidingWindow geometry(Shape x, Shape w, @Nullable Shape b) {
    if (x.rank() < 3 || w.rank() != x.rank()) {
      throw new IllegalArgumentException(
          "expected x of shape (N, C, D1, …) and weights of the same rank, got %s and %s"
              .formatted(x, w));
    }
    int m = w.dimension(0);
    if (x.dimension(1) != w.dimension(1) * groups || m % groups != 0) {
      throw new IllegalArgumentException(
          "weights of shape %s in %d group(s) take %d channels, but x has shape %s"
              .formatted(w, groups, w.dimension(1) * groups, x));
    }
    if (b != null && !b.equals(Shape.of(m))) {
      throw new IllegalArgumentException("expected a bias of shape [%d], got %s".formatted(m, b));
    }
    int[] kernel = Arrays.copyOfRange(w.dimensions(), 2, w.rank());
    if (window.kernel().length > 0 && !Arrays.equals(kernel, window.kernel())) {
      throw new IllegalArgumentException(
          "kernel_shape is %s, but the weights have shape %s"
              .formatted(Arrays.toString(window.kernel()), w));
    }
    return window.over(x, kernel);
  }

  private static int channels(Tensor x) {
    return x.shape().dimension(1);
  }

  static void fillBias(Tensor y, @Nullable Tensor b, int positions) {
    int m = y.shape().dimension(1);
    for (int plane = 0; plane < y.shape().dimension(0) * m; plane++) {
      int from = y.offset() + plane * positions;
      if (y.dataType() == DataType.FP64) {
        double bias = b == null ? 0 : b.doubles()[b.offset() + plane % m];
        Arrays.fill(y.doubles(), from, from + positions, bias);
      } else {
        float bias = b == null ? 0 : b.floats()[b.offset() + plane % m];
        Arrays.fill(y.floats(), from, from + positions, bias);
      }
    }
  }

  /**
   * The product of the weights (M/G, C/G·taps) with the input (C/G·taps, positions), unfolded or as
   * it stands.
   */
  private void multiply(
      Tensor x, Tensor w, Tensor y, SlidingWindow geometry, boolean unfolds, Memory memory) {
    int k = w.shape().size(1, w.shape().rank());
    int rows = y.shape().dimension(1) / groups;
    int positions = geometry.positions();
    int block = unfolds ? ConvolutionChoice.unfoldedPositions(k, positions) : positions;
    Tensor panel = memory.scratch(Shape.of(MatrixProduct.PANEL_LENGTH));
    Tensor unfolded = unfolds ? memory.scratch(Shape.of(k, block)) : x;
    MatrixProduct product = MatrixProduct.get();
    int inputGroup = w.shape().dimension(1) * geometry.inputSize();
    for (int n = 0; n < y.shape().dimension(0); n++) {
      for (int g = 0; g < groups; g++) {
        int source = x.offset() + (n * groups + g) * inputGroup;
        int target = y.offset() + (n * groups + g) * rows * positions;
        for (int from = 0; from < positions; from += block) {
          int to = Math.min(positions, from + block);
          if (unfolds) {
            unfold(x.floats(), source, w.shape().dimension(1), geometry, from, to, unfolded);
          }
          product.multiply(
              rows,
              to - from,
              k,
              w.floats(),
              w.offset() + g * rows * k,
              k,
              unfolded.floats(),
              unfolds ? unfolded.offset() : source,
              block,
              y.floats(),
              target + from,
              positions,
              true,
              panel.floats(),
              panel.offset());
        }
      }
    }
  }

  /** Row {@code c·taps + t} of the result holds what tap t of channel c reads. */
  private static void unfold(
      float[] x,
      int xOffset,
      int channels,
      SlidingWindow geometry,
      int from,
      int to,
      Tensor unfolded) {
    float[] target = unfolded.floats();
    int block = unfolded.shape().dimension(1);
    Arrays.fill(target, unfolded.offset(), unfolded.offset() + unfolded.size(), 0);
    int step = geometry.step();
    int taps = geometry.taps();
    for (int c = 0; c < channels; c++) {
      int plane = xOffset + c * geometry.inputSize();
      int rows = unfolded.offset() + c * taps * block - from;
      geometry.forEachRun(
          from,
          to,
          (tap, xAt, yAt, length) -> {
            int source = plane + xAt;
            int destination = rows + tap * block + yAt;
            if (step == 1) {
              System.arraycopy(x, source, target, destination, length);
            } else {
              for (int i = 0; i < length; i++) {
                target[destination + i] = x[source + i * step];
              }
            }
          });
    }
  }

  private static void depthwise(Tensor x, Tensor w, Tensor y, SlidingWindow geometry) {
    float[] source = x.floats();
    float[] weights = w.floats();
    float[] target = y.floats();
    int m = w.shape().dimension(0);
    int multiplier = m / channels(x);
    int step = geometry.step();
    for (int plane = 0; plane < y.shape().dimension(0) * m; plane++) {
      int xPlane = x.offset() + plane / multiplier * geometry.inputSize();
      int yPlane = y.offset() + plane * geometry.positions();
      int kernel = w.offset() + plane % m * geometry.taps();
      geometry.forEachRun((tap, xAt, yAt, length) -> {
        float weight = weights[kernel + tap];
        int from = xPlane + xAt;
        int to = yPlane + yAt;
        if (step == 1) {
          for (int i = 0; i < length; i++) {
            target[to + i] = MultiplyAdd.of(weight, source[from + i], target[to + i]);
          }
        } else {
          for (int i = 0; i < length; i++) {
            target[to + i] = MultiplyAdd.of(weight, source[from + i * step], target[to + i]);
          }
        }
      });
    }
  }

  private void direct(
      double[] x,
      int xOffset,
      double[] w,
      int wOffset,
      Tensor y,
      int channels,
      SlidingWindow geometry) {
    double[] target = y.doubles();
    int m = y.shape().dimension(1);
    int perGroup = channels / groups;
    int step = geometry.step();
    for (int plane = 0; plane < y.shape().dimension(0) * m; plane++) {
      int n = plane / m;
      int group = plane % m / (m / groups);
      int yPlane = y.offset() + plane * geometry.positions();
      for (int c = 0; c < perGroup; c++) {
        int xPlane = xOffset + (n * channels + group * perGroup + c) * geometry.inputSize();
        int kernel = wOffset + (plane % m * perGroup + c) * geometry.taps();
        geometry.forEachRun((tap, xAt, yAt, length) -> {
          for (int i = 0; i < length; i++) {
            target[yPlane + yAt + i] += w[kernel + tap] * x[xPlane + xAt + i * step];
          }
        });
      }
    }
  }
}
