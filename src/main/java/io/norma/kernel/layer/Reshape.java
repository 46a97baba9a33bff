package io.norma.kernel.layer;

import io.norma.kernel.layer.support.Axes;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The same elements in the same order under another shape; nothing is copied. One extent may be −1:
 * what is left over; a 0 takes the input's extent at that place, unless zeros are allowed.
 *
 * <p>Inputs: x, any type and shape; shape, INT64, unless it is given here. Output: y, the type of
 * x. Source: ONNX {@code Reshape}.
 *
 * @param shape {@code null} to take it from the second input
 * @param allowZero whether a 0 means an extent of 0
 */
public record Reshape(int @Nullable [] shape, boolean allowZero) implements Layer {
  @Override
  public List<Tensor> forward(Inputs inputs, Memory memory) {
    Tensor x = inputs.get(0);
    int[] wanted = shape == null ? Axes.integers(inputs.get(1), "shape") : shape.clone();
    int rest = -1;
    long known = 1;
    for (int i = 0; i < wanted.length; i++) {
      if (wanted[i] == 0 && !allowZero) {
        if (i >= x.shape().rank()) {
          throw new IllegalArgumentException(
              "extent " + i + " is to be copied from the input, but that is " + x);
        }
        wanted[i] = x.shape().dimension(i);
      }
      if (wanted[i] == -1 && rest < 0) {
        rest = i;
      } else if (wanted[i] < 0) {
        throw new IllegalArgumentException(
            "shape " + Arrays.toString(wanted) + " may have one extent of -1 and no other below 0");
      } else {
        known = Math.multiplyExact(known, wanted[i]);
      }
    }
    if (rest >= 0) {
      if (known == 0 || x.size() % known != 0) {
        throw new IllegalArgumentException(
            "cannot reshape %s (%d elements) to %s"
                .formatted(x.shape(), x.size(), Arrays.toString(wanted)));
      }
      wanted[rest] = (int) (x.size() / known);
    }
    return List.of(x.reshape(Shape.of(wanted)));
  }
}
