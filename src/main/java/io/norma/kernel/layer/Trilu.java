package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * The upper or lower triangle of matrices: {@code y[i, j] = x[i, j]} for {@code j ≥ i + k} (upper)
 * or {@code j ≤ i + k} (lower), else 0.
 *
 * <p>Inputs: x, any type, rank 2 or more; optionally k, one INT64, else 0. Output: y, the type and
 * shape of x. Source: ONNX {@code Trilu}.
 */
public record Trilu(boolean upper) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    if (x.shape().rank() < 2) {
      throw new IllegalArgumentException("expected rank 2 or more, got " + x);
    }
    Tensor diagonal = inputs.optionalScalar(1);
    long k = diagonal == null ? 0 : diagonal.getLong(0);
    int rows = x.shape().dimension(-2);
    int columns = x.shape().dimension(-1);
    Tensor y = memory.allocate(x.dataType(), x.shape());
    for (int i = 0; i < x.size(); i++) {
      long beside = i % columns - (i / columns % rows + k);
      if (upper ? beside >= 0 : beside <= 0) {
        System.arraycopy(x.array(), x.offset() + i, y.array(), y.offset() + i, 1);
      } else {
        y.setLong(i, 0);
      }
    }
    return List.of(y);
  }
}
