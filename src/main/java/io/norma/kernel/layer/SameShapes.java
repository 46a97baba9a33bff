package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * A function of two tensors that must have one shape: nothing broadcasts.
 *
 * <p>Inputs: a and b, of one shape. Output: as the layer's. Source: ONNX {@code Add}, {@code Mul},
 * … of operator sets before 7 with {@code broadcast} 0.
 */
public record SameShapes(Layer layer) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Shape a = inputs.get(0).shape();
    Shape b = inputs.get(1).shape();
    if (!a.equals(b)) {
      throw new IllegalArgumentException(
          "expected two inputs of one shape, since the operator does not broadcast, got %s and %s"
              .formatted(a, b));
    }
    return layer.forward(inputs, memory);
  }
}
