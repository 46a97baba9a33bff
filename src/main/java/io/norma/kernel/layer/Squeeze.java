package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Axes;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Leaves out axes of extent 1; nothing is copied.
 *
 * <p>Inputs: x, any type and shape; optionally axes, INT64, which stand in for those that are not
 * given here. Output: y, the type of x. Source: ONNX {@code Squeeze}.
 *
 * @param axes {@code null} to take them from the second input, or all of extent 1 if there is none
 */
public record Squeeze(int @Nullable [] axes) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    Shape shape = x.shape();
    int[] given = Axes.read(axes, inputs.optional(1));
    boolean[] chosen = given == null ? null : Axes.chosen(given, shape);
    int[] kept = new int[shape.rank()];
    int rank = 0;
    for (int axis = 0; axis < kept.length; axis++) {
      boolean leaveOut = chosen == null ? shape.dimension(axis) == 1 : chosen[axis];
      if (!leaveOut) {
        kept[rank++] = shape.dimension(axis);
      } else if (shape.dimension(axis) != 1) {
        throw new IllegalArgumentException(
            "axis " + axis + " of " + shape + " has extent " + shape.dimension(axis) + ", not 1");
      }
    }
    return List.of(x.reshape(Shape.of(Arrays.copyOf(kept, rank))));
  }
}
