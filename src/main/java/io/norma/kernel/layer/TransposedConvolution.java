package io.norma.kernel.layer;

import io.norma.kernel.compute.convolution.ConvolutionChoice;
import io.norma.kernel.compute.matrix.MatrixProduct;
import io.norma.kernel.layer.support.AutoPad;
import io.norma.kernel.layer.support.RealTensors;
import io.norma.kernel.layer.support.SlidingWindow;
import io.norma.kernel.layer.support.Window;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Transposed convolution: each input position o adds {@code w[c, m, t] · x[n, c, o]} to output
 * position {@code o·stride − begin + t·dilation}, and the bias is added once. On each axis the
 * output has {@code (D − 1)·stride + outputPadding + (k − 1)·dilation + 1 − begin − end} elements.
 *
 * <p>Inputs: x (N, C, D₁, …, Dᵣ); w (C, M/G, k₁, …, kᵣ); b (M), optional; all FP32 or all FP64.
 * Output: y (N, M, O₁, …, Oᵣ). Source: ONNX {@code ConvTranspose}.
 *
 * @param window as of the convolution that this one reverses; its kernel may be empty
 * @param groups G: how many groups of channels are convolved apart
 * @param outputPadding elements added behind each axis of the output; empty for none
 * @param outputShape spatial extents of the output, which then decide the pads; empty for none
 */
public record TransposedConvolution(
    Window window, int groups, int[] outputPadding, int[] outputShape) implements Layer {
  /**
   * @throws IllegalArgumentException if there is no group
   */
  public TransposedConvolution {
    if (groups < 1) {
      throw new IllegalArgumentException("group must be at least 1, got " + groups);
    }
    outputPadding = outputPadding.clone();
    outputShape = outputShape.clone();
  }

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Tensor w = inputs.get(1);
    Tensor b = inputs.optional(2);
    RealTensors.require(x, w);
    SlidingWindow geometry = geometry(x.shape(), w.shape(), b == null ? null : b.shape());
    int m = w.shape().dimension(1) * groups;
    memory.work(Convolution.operations(x, w, geometry));
    int[] dimensions = x.shape().dimensions();
    dimensions[1] = m;
    System.arraycopy(geometry.input(), 0, dimensions, 2, geometry.rank());
    Tensor y = memory.allocate(x.dataType(), Shape.of(dimensions));
    Convolution.fillBias(y, b, geometry.inputSize());
    if (x.dataType() == DataType.FP64) {
      scatter(x, w, y, geometry);
    } else {
      multiply(x, w, y, geometry, memory);
    }
    return List.of(y);
  }

  /**
   * The window of the reversed convolution: over the output, with the input's extents as its own.
   */
  private SlidingWindow geometry(Shape x, Shape w, @Nullable Shape b) {
    int rank = x.rank() - 2;
    if (rank < 1 || w.rank() != x.rank()) {
      throw new IllegalArgumentException(
          "expected x of shape (N, C, D1, …) and weights of the same rank, got %s and %s"
              .formatted(x, w));
    }
    if (x.dimension(1) != w.dimension(0) || x.dimension(1) % groups != 0) {
      throw new IllegalArgumentException(
          "weights of shape %s take %d channels in %d group(s), but x has shape %s"
              .formatted(w, w.dimension(0), groups, x));
    }
    int m = w.dimension(1) * groups;
    if (b != null && !b.equals(Shape.of(m))) {
      throw new IllegalArgumentException("expected a bias of shape [%d], got %s".formatted(m, b));
    }
    int[] kernel = Arrays.copyOfRange(w.dimensions(), 2, w.rank());
    if (window.kernel().length > 0 && !Arrays.equals(kernel, window.kernel())) {
      throw new IllegalArgumentException(
          "kernel_shape is %s, but the weights have shape %s"
              .formatted(Arrays.toString(window.kernel()), w));
    }
    int[] input = Arrays.copyOfRange(x.dimensions(), 2, x.rank());
    int[] strides = Window.orElse("strides", window.strides(), rank, 1);
    int[] dilations = Window.orElse("dilations", window.dilations(), rank, 1);
    int[] pads = Window.orElse("pads", window.pads(), 2 * rank, 0);
    int[] extra = Window.orElse("output_padding", outputPadding, rank, 0);
    int[] asked = Window.orElse("output_shape", outputShape, rank, -1);
    int[] begin = new int[rank];
    int[] end = new int[rank];
    int[] output = new int[rank];
    for (int axis = 0; axis < rank; axis++) {
      long full =
          (input[axis] - 1L) * strides[axis]
              + extra[axis]
              + Window.extent(kernel[axis], dilations[axis]);
      Window.requireLength("the output with its pads", full, axis + 2);
      boolean same =
          window.autoPad() == AutoPad.SAME_UPPER || window.autoPad() == AutoPad.SAME_LOWER;
      long length;
      if (asked[axis] >= 0 || same) {
        length = asked[axis] >= 0 ? asked[axis] : (long) input[axis] * strides[axis];
        int total = (int) Math.max(0, full - length);
        begin[axis] = window.autoPad() == AutoPad.SAME_UPPER ? total / 2 : total - total / 2;
        end[axis] = total - begin[axis];
      } else {
        boolean given = window.autoPad() == AutoPad.NOTSET;
        begin[axis] = given ? pads[axis] : 0;
        end[axis] = given ? pads[rank + axis] : 0;
        length = full - begin[axis] - end[axis];
      }
      if (length < 0) {
        throw new IllegalArgumentException(
            "pads %d and %d leave nothing of axis %d of shape %s"
                .formatted(begin[axis], end[axis], axis + 2, x));
      }
      output[axis] = Window.requireLength("the output", length, axis + 2);
    }
    return new SlidingWindow(output, kernel, strides, dilations, begin, end, input);
  }

  /** Products (M/G·taps, positions) = wᵀ (M/G·taps, C/G) · x (C/G, positions), then scattered. */
  private void multiply(Tensor x, Tensor w, Tensor y, SlidingWindow geometry, Memory memory) {
    int k = x.shape().dimension(1) / groups;
    int rows = w.shape().size(1, w.shape().rank());
    int positions = geometry.positions();
    int block = ConvolutionChoice.scatteredPositions(rows, positions);
    Tensor panel = memory.scratch(Shape.of(MatrixProduct.PANEL_LENGTH));
    Tensor weights = memory.scratch(Shape.of(groups, rows, k));
    transpose(w, weights);
    Tensor products = memory.scratch(Shape.of(rows, block));
    MatrixProduct product = MatrixProduct.get();
    int outputGroup = w.shape().dimension(1) * geometry.inputSize();
    for (int group = 0; group < y.shape().dimension(0) * groups; group++) {
      for (int from = 0; from < positions; from += block) {
        int to = Math.min(positions, from + block);
        product.multiply(
            rows,
            to - from,
            k,
            weights.floats(),
            weights.offset() + group % groups * rows * k,
            k,
            x.floats(),
            x.offset() + group * k * positions + from,
            positions,
            products.floats(),
            products.offset(),
            block,
            false,
            panel.floats(),
            panel.offset());
        fold(products, y, group * outputGroup, geometry, from, to);
      }
    }
  }

  private static void transpose(Tensor w, Tensor weights) {
    float[] source = w.floats();
    float[] target = weights.floats();
    int rows = weights.shape().dimension(1);
    int k = weights.shape().dimension(2);
    for (int c = 0; c < w.shape().dimension(0); c++) {
      int to = weights.offset() + c / k * rows * k + c % k;
      for (int row = 0; row < rows; row++) {
        target[to + row * k] = source[w.offset() + c * rows + row];
      }
    }
  }

  private static void fold(
      Tensor products, Tensor y, int yFrom, SlidingWindow geometry, int from, int to) {
    float[] source = products.floats();
    float[] target = y.floats();
    int block = products.shape().dimension(1);
    int taps = geometry.taps();
    int step = geometry.step();
    for (int m = 0; m < products.shape().dimension(0) / taps; m++) {
      int plane = y.offset() + yFrom + m * geometry.inputSize();
      int rows = products.offset() + m * taps * block - from;
      geometry.forEachRun(
          from,
          to,
          (tap, yAt, xAt, length) -> {
            int read = rows + tap * block + xAt;
            for (int i = 0; i < length; i++) {
              target[plane + yAt + i * step] += source[read + i];
            }
          });
    }
  }

  private void scatter(Tensor x, Tensor w, Tensor y, SlidingWindow geometry) {
    double[] source = x.doubles();
    double[] target = y.doubles();
    double[] weights = w.doubles();
    int channels = x.shape().dimension(1);
    int perGroup = w.shape().dimension(1);
    int step = geometry.step();
    for (int plane = 0; plane < x.shape().dimension(0) * channels; plane++) {
      int n = plane / channels;
      int c = plane % channels;
      int group = c / (channels / groups);
      int xPlane = x.offset() + plane * geometry.positions();
      for (int m = 0; m < perGroup; m++) {
        int yPlane = y.offset() + ((n * groups + group) * perGroup + m) * geometry.inputSize();
        int kernel = w.offset() + (c * perGroup + m) * geometry.taps();
        geometry.forEachRun((tap, yAt, xAt, length) -> {
          for (int i = 0; i < length; i++) {
            target[yPlane + yAt + i * step] += weights[kernel + tap] * source[xPlane + xAt + i];
          }
        });
      }
    }
  }
}
