package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Quantization;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@link Convolution} of quantized numbers to quantized numbers: the sums of {@link
 * IntegerConvolution}, with the bias, times {@code x scale · w scale / y scale}, rounded with
 * halves to the even number, plus the zero point, saturated.
 *
 * <p>Inputs: x (N, C, D₁, …, Dᵣ), INT8 or UINT8; its scale, FP32, and zero point, of its type, one
 * element each; w (M, C/G, k₁, …, kᵣ), INT8 or UINT8; its scale and zero point, one element or (M);
 * y's scale and zero point, one element each; b (M), INT32, optional, of scale {@code x scale · w
 * scale} and zero point 0. Output: y (N, M, O₁, …, Oᵣ), the type of its zero point. Source: ONNX
 * {@code QLinearConv}.
 */
public record QuantizedConvolution(Convolution convolution) implements Layer {
  private static final int X_SCALE = 1;
  private static final int X_ZERO = 2;
  private static final int W = 3;
  private static final int W_SCALE = 4;
  private static final int W_ZERO = 5;
  private static final int Y_SCALE = 6;
  private static final int Y_ZERO = 7;
  private static final int BIAS = 8;

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor w = inputs.get(W);
    Tensor sums =
        IntegerConvolution.sums(
            convolution,
            inputs.get(0),
            inputs.optionalScalar(X_ZERO),
            w,
            inputs.optional(W_ZERO),
            memory);
    int rank = w.shape().rank();
    Tensor xScale = inputs.get(X_SCALE);
    if (xScale.size() != 1) {
      throw new IllegalArgumentException("expected one scale of x, got " + xScale);
    }
    return Requantization.of(
        biased(sums, inputs.optional(BIAS), w.shape(), memory),
        xScale.reshape(Shape.of()),
        IntegerConvolution.perChannel(inputs.get(W_SCALE), w.shape(), rank - 1),
        inputs.get(Y_SCALE),
        inputs.get(Y_ZERO),
        memory);
  }

  /** In FP64, which has every sum of INT32 numbers. */
  private static Tensor biased(Tensor sums, @Nullable Tensor bias, Shape w, Memory memory) {
    if (bias == null) {
      return sums;
    }
    Quantization.requireType(bias, DataType.INT32);
    if (!bias.shape().equals(Shape.of(w.dimension(0)))) {
      throw new IllegalArgumentException(
          "expected a bias of shape [%d], got %s".formatted(w.dimension(0), bias));
    }
    Tensor exact = Cast.cast(sums, DataType.FP64, memory);
    Tensor terms = Cast.cast(bias, DataType.FP64, memory);
    return new Add()
        .forward(Inputs.of(exact, IntegerConvolution.perChannel(terms, w, w.rank() - 1)), memory)
        .getFirst();
  }
}
