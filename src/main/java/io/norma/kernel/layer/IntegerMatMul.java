package io.norma.kernel.layer;

import io.norma.kernel.layer.IntegerOperands.Sums;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@link MatMul} of integers, exact: of the numbers that remain when the zero points are
 * subtracted.
 *
 * <p>Inputs: a (…, M, K) and b (…, K, N), INT8 or UINT8 each; zero point of a, optional: of its
 * type, one element, (M) or (…, M, 1); zero point of b, optional: of its type, one element, (N) or
 * (…, 1, N). Output: y (…, M, N), INT32; sums beyond its range lose their upper bits. Source: ONNX
 * {@code MatMulInteger}.
 */
public record IntegerMatMul() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor sums =
        sums(inputs.get(0), inputs.optional(2), inputs.get(1), inputs.optional(3), memory);
    return List.of(Cast.cast(sums, DataType.INT32, memory));
  }

  /** The sums, whole numbers in FP32 or FP64. */
  static Tensor sums(
      Tensor a, @Nullable Tensor aZero, Tensor b, @Nullable Tensor bZero, Memory memory) {
    int columns = b.shape().rank() < 2 ? 1 : Math.max(1, b.shape().dimension(-1));
    int matrix = b.shape().rank() < 2 ? Math.max(1, b.size()) : matrix(b.shape());
    int matrices = Math.max(1, b.size() / matrix);
    IntegerOperands operands =
        IntegerOperands.of(
            a,
            aZero == null ? null : perRow(aZero),
            b,
            bZero == null ? null : perColumn(bZero),
            new Sums(matrices * columns, i -> i / matrix * columns + i % columns),
            memory);
    return new MatMul().forward(Inputs.of(operands.left(), operands.right()), memory).getFirst();
  }

  private static int matrix(Shape b) {
    return Math.max(1, b.dimension(-1) * b.dimension(-2));
  }

  /** What is given once or for each row, as it broadcasts. */
  static Tensor perRow(Tensor values) {
    if (values.size() == 1) {
      return values.reshape(Shape.of());
    }
    return values.shape().rank() == 1 ? values.reshape(Shape.of(values.size(), 1)) : values;
  }

  /** What is given once or for each column, as it broadcasts. */
  static Tensor perColumn(Tensor values) {
    return values.size() == 1 ? values.reshape(Shape.of()) : values;
  }
}
