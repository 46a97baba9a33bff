package io.norma.kernel.layer;

import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * A function of two tensors of which the second is repeated to the shape of the first, its first
 * axis standing at a given one: b of shape (3, 4) at axis 1 fits a of shape (2, 3, 4, 5). One
 * element fits everything.
 *
 * <p>Inputs: a; b, each extent 1 or that of a. Output: as the layer's. Source: ONNX {@code Add},
 * {@code Mul}, … of operator sets before 7 with {@code broadcast} 1 and {@code axis}.
 *
 * @param axis a negative one counts from the end of a's
 */
public record AxisBroadcast(Layer layer, int axis) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor a = inputs.get(0);
    Tensor b = inputs.get(1);
    Shape shape = b.size() == 1 ? Shape.of() : aligned(a.shape(), b.shape());
    return layer.forward(Inputs.of(a, b.reshape(shape)), memory);
  }

  /** b with axes of extent 1 behind its own, so that its last axis is a's last. */
  private Shape aligned(Shape a, Shape b) {
    int first = axis < 0 ? axis + a.rank() : axis;
    boolean fits = first >= 0 && first <= a.rank() - b.rank();
    for (int i = 0; fits && i < b.rank(); i++) {
      fits = b.dimension(i) == 1 || b.dimension(i) == a.dimension(first + i);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "a second input of shape %s does not broadcast to %s from axis %d on"
              .formatted(b, a, axis));
    }
    int[] dimensions = new int[a.rank() - first];
    Arrays.fill(dimensions, 1);
    System.arraycopy(b.dimensions(), 0, dimensions, 0, b.rank());
    return Shape.of(dimensions);
  }
}
