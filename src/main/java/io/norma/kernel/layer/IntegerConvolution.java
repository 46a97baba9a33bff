package io.norma.kernel.layer;

import io.norma.kernel.layer.IntegerOperands.Sums;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@link Convolution} of integers, exact: x and w are of the numbers that remain when their zero
 * points are subtracted, and padding is 0 then.
 *
 * <p>Inputs: x (N, C, D₁, …, Dᵣ) and w (M, C/G, k₁, …, kᵣ), INT8 or UINT8 each; zero point of x,
 * optional: one element of its type; zero point of w, optional: of its type, one element or (M).
 * Output: y (N, M, O₁, …, Oᵣ), INT32; sums beyond its range lose their upper bits. Source: ONNX
 * {@code ConvInteger}.
 */
public record IntegerConvolution(Convolution convolution) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor sums =
        sums(
            convolution,
            inputs.get(0),
            inputs.optionalScalar(2),
            inputs.get(1),
            inputs.optional(3),
            memory);
    return List.of(Cast.cast(sums, DataType.INT32, memory));
  }

  /** The sums, whole numbers in FP32 or FP64. */
  static Tensor sums(
      Convolution convolution,
      Tensor x,
      @Nullable Tensor xZero,
      Tensor w,
      @Nullable Tensor wZero,
      Memory memory) {
    if (w.shape().rank() < 3) {
      throw new IllegalArgumentException(
          "expected weights of shape (M, C, k1, …), got " + w.shape());
    }
    convolution.geometry(x.shape(), w.shape(), null);
    int channels = Math.max(1, w.shape().dimension(0));
    int ofChannel = Math.max(1, w.size() / channels);
    IntegerOperands operands =
        IntegerOperands.of(
            x,
            xZero,
            w,
            wZero == null ? null : perChannel(wZero, w.shape(), w.shape().rank()),
            new Sums(channels, i -> i / ofChannel),
            memory);
    return convolution.forward(Inputs.of(operands.left(), operands.right()), memory).getFirst();
  }

  /**
   * What is given once or for each output channel, as it broadcasts where these stand along the
   * first of the last {@code rank} axes.
   */
  static Tensor perChannel(Tensor values, Shape w, int rank) {
    if (values.size() == 1) {
      return values.reshape(Shape.of());
    }
    if (!values.shape().equals(Shape.of(w.dimension(0)))) {
      throw new IllegalArgumentException(
          "expected one scale and zero point for weights of shape %s, or one for each of %d output"
                  .formatted(w, w.dimension(0))
              + " channels, got "
              + values.shape());
    }
    int[] shape = new int[rank];
    Arrays.fill(shape, 1);
    shape[0] = values.size();
    return values.reshape(Shape.of(shape));
  }
}
