package io.norma.kernel.layer;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A matrix of ones on a diagonal, {@code y[i, i + k] = 1}, and zeros beside it.
 *
 * <p>Input: x, any type, rank 2. Output: y, the shape of x. Source: ONNX {@code EyeLike}.
 *
 * @param dataType {@code null} for that of x
 */
public record EyeLike(@Nullable DataType dataType, int k) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    if (x.shape().rank() != 2) {
      throw new IllegalArgumentException("expected a matrix, got " + x);
    }
    Tensor y = memory.allocate(dataType == null ? x.dataType() : dataType, x.shape());
    int columns = x.shape().dimension(1);
    for (int i = 0; i < y.size(); i++) {
      y.setLong(i, i % columns == i / columns + (long) k ? 1 : 0);
    }
    return List.of(y);
  }
}
