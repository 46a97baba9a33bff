package io.norma.kernel.layer;

import io.norma.kernel.compute.MultiplyAdd;
import io.norma.kernel.compute.matrix.MatrixProduct;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.WorkLimit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Dense (fully connected) layer: {@code y = alpha · A′·B′ + beta · c}, where A′ is a or its
 * transpose and B′ is b or its transpose.
 *
 * <p>Inputs: a (M, K), or (K, M) if transposed; b (K, N), or (N, K) if transposed, as PyTorch keeps
 * the weights of {@code Linear}; c, optional, broadcast to (M, N); all FP32, all FP64 or integers.
 * Output: y (M, N). Source: ONNX {@code Gemm}.
 */
public record Dense(float alpha, float beta, boolean transposeA, boolean transposeB)
    implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor a = inputs.get(0);
    Tensor b = inputs.get(1);
    if (a.shape().rank() != 2 || b.shape().rank() != 2) {
      throw new IllegalArgumentException(
          "expected two matrices, got shapes " + a.shape() + " and " + b.shape());
    }
    int m = a.shape().dimension(transposeA ? 1 : 0);
    int k = a.shape().dimension(transposeA ? 0 : 1);
    int n = b.shape().dimension(transposeB ? 0 : 1);
    if (b.shape().dimension(transposeB ? 1 : 0) != k) {
      throw new IllegalArgumentException(
          "expected weights for %d features, got shape %s%s for an input of shape %s"
              .formatted(k, b.shape(), transposeB ? " (transposed)" : "", a.shape()));
    }
    Tensor c = inputs.optional(2);
    Shape shape = Shape.of(m, n);
    if (c != null && !broadcasts(c.shape(), shape)) {
      throw new IllegalArgumentException(
          "expected c to broadcast to %s, got %s".formatted(shape, c.shape()));
    }
    memory.work(WorkLimit.product(a.dataType() == DataType.FP32 ? 1 : MatMul.SLOW, m, n, k));
    Tensor y = memory.allocate(a.dataType(), shape);
    if (a.dataType() == DataType.FP32) {
      multiply(a, b, y, k, memory);
      finish(y, c);
    } else {
      general(a, b, c, y, k);
    }
    return List.of(y);
  }

  private static boolean broadcasts(Shape c, Shape y) {
    boolean fits = c.rank() <= y.rank();
    for (int i = 1; fits && i <= c.rank(); i++) {
      fits = c.dimension(-i) == 1 || c.dimension(-i) == y.dimension(-i);
    }
    return fits;
  }

  private void multiply(Tensor a, Tensor b, Tensor y, int k, Memory memory) {
    int m = y.shape().dimension(0);
    int n = y.shape().dimension(1);
    if (transposeB) {
      // yᵀ = B·A′ᵀ: transposing the input and the output costs less than transposing the weights.
      Tensor columns = transposeA || m == 1 ? a : transpose(a, memory);
      Tensor product = m == 1 ? y : memory.scratch(Shape.of(n, m));
      multiply(n, m, k, b, columns, product, memory);
      if (m > 1) {
        transpose(product, y);
      }
    } else {
      multiply(m, n, k, transposeA ? transpose(a, memory) : a, b, y, memory);
    }
  }

  private static void multiply(int m, int n, int k, Tensor a, Tensor b, Tensor y, Memory memory) {
    Tensor panel = memory.scratch(Shape.of(MatrixProduct.PANEL_LENGTH));
    MatrixProduct.get()
        .multiply(
            m,
            n,
            k,
            a.floats(),
            a.offset(),
            k,
            b.floats(),
            b.offset(),
            n,
            y.floats(),
            y.offset(),
            n,
            false,
            panel.floats(),
            panel.offset());
  }

  private static Tensor transpose(Tensor x, Memory memory) {
    Tensor transposed = memory.scratch(Shape.of(x.shape().dimension(1), x.shape().dimension(0)));
    transpose(x, transposed);
    return transposed;
  }

  private static void transpose(Tensor x, Tensor y) {
    float[] source = x.floats();
    float[] target = y.floats();
    int rows = x.shape().dimension(0);
    int columns = x.shape().dimension(1);
    for (int i = 0; i < rows; i++) {
      int from = x.offset() + i * columns;
      int to = y.offset() + i;
      for (int j = 0; j < columns; j++) {
        target[to + j * rows] = source[from + j];
      }
    }
  }

  private void finish(Tensor y, @Nullable Tensor c) {
    float[] target = y.floats();
    int columns = y.shape().dimension(1);
    int rowStep = c == null ? 0 : step(c.shape(), 2);
    int columnStep = c == null ? 0 : step(c.shape(), 1);
    for (int i = 0; i < y.shape().dimension(0); i++) {
      int to = y.offset() + i * columns;
      if (alpha != 1) {
        for (int j = 0; j < columns; j++) {
          target[to + j] *= alpha;
        }
      }
      if (c != null) {
        float[] summand = c.floats();
        int from = c.offset() + i * rowStep;
        for (int j = 0; j < columns; j++) {
          target[to + j] = MultiplyAdd.of(beta, summand[from + j * columnStep], target[to + j]);
        }
      }
    }
  }

  /** How far apart c's elements stand along the last axis or, with 2, the one before; 0 repeats. */
  private static int step(Shape c, int fromEnd) {
    if (c.rank() < fromEnd || c.dimension(-fromEnd) == 1) {
      return 0;
    }
    return fromEnd == 1 ? 1 : c.dimension(-1);
  }

  private void general(Tensor a, Tensor b, @Nullable Tensor c, Tensor y, int k) {
    int m = y.shape().dimension(0);
    int n = y.shape().dimension(1);
    if (b.dataType() != a.dataType() || a.dataType() == DataType.BOOL) {
      throw new IllegalArgumentException(
          "expected matrices of one numeric data type, got %s and %s"
              .formatted(a.dataType(), b.dataType()));
    }
    boolean whole = a.dataType().isInteger();
    if (whole && (alpha != 1 || beta != 1)) {
      throw new IllegalArgumentException(
          "alpha and beta must be 1 for matrices of " + a.dataType());
    }
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        long wholeSum = 0;
        double sum = 0;
        for (int p = 0; p < k; p++) {
          int left = transposeA ? p * m + i : i * k + p;
          int right = transposeB ? j * k + p : p * n + j;
          if (whole) {
            wholeSum += a.getLong(left) * b.getLong(right);
          } else {
            sum = MultiplyAdd.of(a.getDouble(left), b.getDouble(right), sum);
          }
        }
        int at = c == null ? 0 : i * step(c.shape(), 2) + j * step(c.shape(), 1);
        if (whole) {
          y.setLong(i * n + j, wholeSum + (c == null ? 0 : c.getLong(at)));
        } else {
          y.setDouble(i * n + j, alpha * sum + (c == null ? 0 : beta * c.getDouble(at)));
        }
      }
    }
  }
}
