package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * A {@link Dense} layer whose c must have the shape of its output, (M, N).
 *
 * <p>Inputs and output: as the dense layer's. Source: ONNX {@code Gemm} of operator sets before 7
 * with {@code broadcast} 0.
 */
public record UnbroadcastDense(Dense dense) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    List<Tensor> y = dense.forward(inputs, memory);
    Tensor c = inputs.optional(2);
    if (c != null && !c.shape().equals(y.getFirst().shape())) {
      throw new IllegalArgumentException(
          "expected c of shape %s, since the operator does not broadcast, got %s"
              .formatted(y.getFirst().shape(), c.shape()));
    }
    return y;
  }
}
