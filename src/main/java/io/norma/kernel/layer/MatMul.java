package io.norma.kernel.layer;

import io.norma.kernel.compute.matrix.DoubleMatrixProduct;
import io.norma.kernel.compute.matrix.MatrixProduct;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.WorkLimit;
import java.util.Arrays;
import java.util.List;

/**
 * Matrix product over the last two axes: {@code y[…, i, j] = Σ_p a[…, i, p] · b[…, p, j]}, as
 * {@code numpy.matmul}.
 *
 * <p>Inputs: a (…, M, K) and b (…, K, N) of one data type, FP32, FP64 or integer; leading axes
 * broadcast. A one-dimensional a stands for (1, K), a one-dimensional b for (K, 1), and the added
 * axis is left out of y. Output: y (…, M, N). Source: ONNX {@code MatMul}.
 */
public record MatMul() implements Layer {
  /** Products of FP32 that are made in the time that one of another type takes. */
  static final long SLOW = 16;

  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor a = inputs.get(0);
    Tensor b = inputs.get(1);
    Shape left = a.shape().rank() == 1 ? Shape.of(1, a.size()) : a.shape();
    Shape right = b.shape().rank() == 1 ? Shape.of(b.size(), 1) : b.shape();
    if (left.rank() < 2 || right.rank() < 2 || left.dimension(-1) != right.dimension(-2)) {
      throw new IllegalArgumentException(
          "expected matrices (…, M, K) and (…, K, N), got " + a.shape() + " and " + b.shape());
    }
    if (a.dataType() != b.dataType()) {
      throw new IllegalArgumentException(
          "expected matrices of one data type, got " + a.dataType() + " and " + b.dataType());
    }
    Shape batches = Shape.broadcast(batches(left), batches(right));
    int m = left.dimension(-2);
    memory.work(
        WorkLimit.product(
            a.dataType() == DataType.FP32 ? 1 : SLOW,
            batches.size(),
            m,
            right.dimension(-1),
            left.dimension(-1)));
    Tensor y =
        memory.allocate(
            a.dataType(),
            outputShape(batches, a.shape().rank() == 1, m, b.shape().rank() == 1, right));
    int[] leftIndex = batchIndex(batches(left), batches);
    int[] rightIndex = batchIndex(batches(right), batches);
    // One matrix on the right for many on the left is one product with more rows.
    boolean shared = batches(right).size() == 1 && batches(left).size() == batches.size();
    int products = shared ? Math.min(1, batches.size()) : batches.size();
    int rows = shared ? m * batches.size() : m;
    multiply(
        a,
        leftIndex,
        b,
        rightIndex,
        y,
        products,
        new int[] {rows, right.dimension(-1), left.dimension(-1)},
        memory);
    return List.of(y);
  }

  private static Shape batches(Shape shape) {
    return Shape.of(Arrays.copyOf(shape.dimensions(), shape.rank() - 2));
  }

  private static Shape outputShape(
      Shape batches, boolean vectorLeft, int m, boolean vectorRight, Shape right) {
    int[] dimensions = Arrays.copyOf(batches.dimensions(), batches.rank() + 2);
    int rank = batches.rank();
    if (!vectorLeft) {
      dimensions[rank++] = m;
    }
    if (!vectorRight) {
      dimensions[rank++] = right.dimension(-1);
    }
    return Shape.of(Arrays.copyOf(dimensions, rank));
  }

  /** Which matrix of a stack stands at each place of the broadcast stack. */
  private static int[] batchIndex(Shape own, Shape broadcast) {
    int[] index = new int[broadcast.size()];
    int[] strides = own.strides();
    int skipped = broadcast.rank() - own.rank();
    for (int i = 0; i < index.length; i++) {
      int rest = i;
      for (int axis = broadcast.rank() - 1; axis >= skipped; axis--) {
        int at = rest % broadcast.dimension(axis);
        rest /= broadcast.dimension(axis);
        if (own.dimension(axis - skipped) != 1) {
          index[i] += at * strides[axis - skipped];
        }
      }
    }
    return index;
  }

  private static void multiply(
      Tensor a,
      int[] leftIndex,
      Tensor b,
      int[] rightIndex,
      Tensor y,
      int products,
      int[] extents,
      Memory memory) {
    int m = extents[0];
    int n = extents[1];
    int k = extents[2];
    Tensor panel =
        y.dataType() == DataType.FP32 ? memory.scratch(Shape.of(MatrixProduct.PANEL_LENGTH)) : y;
    for (int i = 0; i < products; i++) {
      int left = leftIndex[i] * m * k;
      int right = rightIndex[i] * k * n;
      int target = i * m * n;
      switch (y.dataType()) {
        case FP32 ->
            MatrixProduct.get()
                .multiply(
                    m,
                    n,
                    k,
                    a.floats(),
                    a.offset() + left,
                    k,
                    b.floats(),
                    b.offset() + right,
                    n,
                    y.floats(),
                    y.offset() + target,
                    n,
                    false,
                    panel.floats(),
                    panel.offset());
        case FP64 ->
            DoubleMatrixProduct.multiply(
                m,
                n,
                k,
                a.doubles(),
                a.offset() + left,
                b.doubles(),
                b.offset() + right,
                y.doubles(),
                y.offset() + target);
        default -> integers(a, left, b, right, y, target, extents);
      }
    }
  }

  private static void integers(
      Tensor a, int left, Tensor b, int right, Tensor y, int target, int[] extents) {
    if (y.dataType() == DataType.BOOL) {
      throw new IllegalArgumentException("expected matrices of numbers, got BOOL");
    }
    int n = extents[1];
    int k = extents[2];
    for (int i = 0; i < extents[0]; i++) {
      for (int j = 0; j < n; j++) {
        long sum = 0;
        for (int p = 0; p < k; p++) {
          sum += a.getLong(left + i * k + p) * b.getLong(right + p * n + j);
        }
        y.setLong(target + i * n + j, sum);
      }
    }
  }
}
