package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Axes;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts in axes of extent 1; nothing is copied.
 *
 * <p>Inputs: x, any type and shape; axes, INT64, unless they are given here. Output: y, the type of
 * x. Source: ONNX {@code Unsqueeze}.
 *
 * @param axes their positions in y; {@code null} to take them from the second input
 */
public record Unsqueeze(int @Nullable [] axes) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    int[] given = axes == null ? Axes.integers(inputs.get(1), "axes") : axes.clone();
    int[] dimensions = new int[x.shape().rank() + given.length];
    boolean[] added = Axes.chosen(given, Shape.of(dimensions));
    int next = 0;
    for (int axis = 0; axis < dimensions.length; axis++) {
      dimensions[axis] = added[axis] ? 1 : x.shape().dimension(next++);
    }
    return List.of(x.reshape(Shape.of(dimensions)));
  }
}
