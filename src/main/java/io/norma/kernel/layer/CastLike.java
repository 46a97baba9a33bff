package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * The data type of another tensor, as {@link Cast} gives it.
 *
 * <p>Inputs: x, any type and shape; like, any tensor. Output: y, the type of like, the shape of x.
 * Source: ONNX {@code CastLike}.
 */
public record CastLike() implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    return List.of(Cast.cast(inputs.get(0), inputs.get(1).dataType(), memory));
  }
}
