package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * {@link MatMul} of quantized numbers to quantized numbers: the sums of {@link IntegerMatMul} times
 * {@code a scale · b scale / y scale}, rounded with halves to the even number, plus the zero point,
 * saturated.
 *
 * <p>Inputs: a (…, M, K), INT8 or UINT8; its scale, FP32, and zero point, of its type: one element,
 * (M) or (…, M, 1); b (…, K, N), INT8 or UINT8; its scale and zero point: one element, (N) or (…,
 * 1, N); y's scale and zero point, one element each. Output: y (…, M, N), the type of its zero
 * point. Source: ONNX {@code QLinearMatMul}.
 */
public record QuantizedMatMul() implements Layer {
  private static final int A_SCALE = 1;
  private static final int A_ZERO = 2;
  private static final int B = 3;
  private static final int B_SCALE = 4;
  private static final int B_ZERO = 5;
  private static final int Y_SCALE = 6;
  private static final int Y_ZERO = 7;

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor sums =
        IntegerMatMul.sums(
            inputs.get(0), inputs.optional(A_ZERO), inputs.get(B), inputs.optional(B_ZERO), memory);
    return Requantization.of(
        sums,
        IntegerMatMul.perRow(inputs.get(A_SCALE)),
        IntegerMatMul.perColumn(inputs.get(B_SCALE)),
        inputs.get(Y_SCALE),
        inputs.get(Y_ZERO),
        memory);
  }
}
